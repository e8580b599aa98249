#pragma once

#include "data/decode.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau::data {

/// Whether an error tells of one picture only; lack of memory and the like stop the run.
bool is_about_the_picture(ErrorCode code);

/// As `Dataset::load`, of files only what `choice` asks for.
Image load(const Dataset& dataset, const Sample& sample, const DecodeChoice& choice);

/// `fit` of the sample, whose file is decoded no larger than that needs.
Image load_fitted(const Dataset& dataset, const Sample& sample, const InputSize& input,
                  const TestView& view = {});

}  // namespace noyau::data
