#pragma once

#include "data/decode.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// As `Dataset::load`, of files only what `choice` asks for.
Image load(const Dataset& dataset, const Sample& sample, const DecodeChoice& choice);

/// `fit` of the sample, whose file is decoded no larger than that needs.
Image load_fitted(const Dataset& dataset, const Sample& sample, const InputSize& input,
                  const TestView& view = {});

}  // namespace noyau::data
