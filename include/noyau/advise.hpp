#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/train.hpp"

namespace noyau {

/// How well a linear head on what a stage makes of the pictures tells the classes apart.
struct StageProbe {
  std::int64_t stages = 0;  ///< frozen before it, as --freeze counts them; 0 = all stages together
  std::int64_t width = 0;   ///< numbers a picture
  double accuracy = 0;      ///< of pictures that the head had not seen (leave-one-out), 0..1
  double balanced = 0;      ///< mean recall of the classes, 0..1
};

/// One way to go on from the weights, and what it is likely to take and to give.
struct TransferPlan {
  std::string name = {};                            ///< "linear head", "heads on all stages", ...
  std::string freeze = {}, head = {}, recipe = {};  ///< settings of `noyau train`
  std::int64_t epochs = 0;
  double seconds = 0;        ///< on this machine; at most, where `freeze` is a number of stages
  std::int64_t memory = 0;   ///< bytes that a training step works in; at most, as above
  double low = 0, high = 0;  ///< likely accuracy, 0..1
  std::string command = {};  ///< `noyau train` with all that was set and that the plan sets
};

/// A training picture whose label does not fit what a head says that has not seen it.
struct Suspicion {
  std::int64_t sample = 0;                ///< its place in samples(Split::train)
  std::string source = {};                ///< its file, or "train picture 4711"
  std::int32_t given = 0, suggested = 0;  ///< classes
  float probability_given = 0, probability_suggested = 0;
};

/// What `advise` found and recommends.
struct Advice {
  std::string data = {}, from = {}, model = {};
  std::vector<std::string> classes = {};  ///< names
  std::int64_t images = 0;
  std::int64_t per_class = 0;              ///< training pictures of the middle class by size
  bool little = false, similar = false;    ///< the quadrant of the table
  std::vector<StageProbe> probes = {};     ///< in the order of the stages, all together last
  std::int64_t probed = 0;                 ///< pictures that they were measured on
  double seconds_per_image = 0;            ///< of the network, forward
  std::vector<std::string> reasons = {};   ///< sentences
  std::vector<TransferPlan> plans = {};    ///< the recommended one first
  std::vector<Suspicion> suspicious = {};  ///< by the head on all stages; most suspicious first
};

/// Which way of transfer suits the data: little or much of it, similar to or different from what
/// the weights were trained on. Much is 250 training pictures or more in the middle class. Similar
/// means that the last features separate the classes as well as those of all stages together
/// (within two standard errors) and close at least 60 % of the gap between guessing and no error.
/// Measured by a ridge head (leave-one-out) on at most 2,000 training pictures; times and memory by
/// steps on this machine. `options` hold `from`; `told` learns how many pictures are behind it.
/// Throws as `train`, and Error(invalid_argument) without `from`, Error(unsupported) for pictures
/// with several labels or values.
Advice advise(const TrainOptions& options, const Dataset& data,
              const std::function<void(std::int64_t done, std::int64_t count)>& told = {});

}  // namespace noyau
