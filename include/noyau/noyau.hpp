#pragma once

#include "noyau/bench.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"
#include "noyau/graph.hpp"
#include "noyau/model.hpp"
#include "noyau/nn.hpp"
#include "noyau/report.hpp"
#include "noyau/run.hpp"
#include "noyau/tensor.hpp"
#include "noyau/train.hpp"
#include "noyau/weights.hpp"
