#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "noyau/metrics.hpp"
#include "noyau/task.hpp"

namespace noyau {

/// Results of one epoch. Anything that was not measured stays kNotMeasured.
struct EpochRow {
  int epoch = 0;                      // counted from 1
  double time_s = kNotMeasured;       // wall-clock seconds since training began
  double lr = kNotMeasured;           // learning rate at the end of the epoch
  double train_loss = kNotMeasured;   // mean over the epoch
  double val_loss = kNotMeasured;     // mean over the validation part
  double train_top1 = kNotMeasured;   // share 0..1 of the training images
  double top1 = kNotMeasured;         // share 0..1 of the validation part
  double top5 = kNotMeasured;         // share 0..1 of the validation part
  double balanced = kNotMeasured;     // balanced_accuracy of the validation part, of classes
  double ema_loss = kNotMeasured;     // val_loss of the averaged weights, where there are some
  double ema_top1 = kNotMeasured;     // top1 of them
  double score = kNotMeasured;        // of labels: mean average precision; of values: R2
  double ema_score = kNotMeasured;    // score of the averaged weights
  double img_s = kNotMeasured;        // training images per second
  double data_wait_s = kNotMeasured;  // seconds that the step waited for data in this epoch
};

/// An 8-bit picture, height x width x channels; 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).
struct Picture {
  int height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;
};

/// One image that the network got wrong.
struct Mistake {
  Picture picture;     // as it was read, before normalisation; may be empty
  std::string source;  // file name, or "test image 4711"
  int true_class = 0, predicted_class = 0;
  double probability_predicted = kNotMeasured;  // 0..1
  double probability_true = kNotMeasured;       // 0..1
  double loss = kNotMeasured;                   // cross-entropy of this image
};

/// A file that was not used, and why.
struct SkippedFile {
  std::string path, reason;
};

/// What was recommended before training, and why. Any part may be empty.
struct AdviceTaken {
  std::string title;                                         // for example "mobilenet_v2 at 160"
  std::vector<std::pair<std::string, std::string>> choices;  // what is recommended: name, value
  std::vector<std::string> reasons;                          // one sentence each
};

/// A picture whose label does not fit what a network that did not see the label says.
struct SuspiciousLabel {
  Picture picture;     // may be empty
  std::string source;  // file name, or "train picture 4711"
  int given_class = 0, suggested_class = 0;
  double probability_given = kNotMeasured;      // 0..1
  double probability_suggested = kNotMeasured;  // 0..1
};

/// One of several pictures that show the same.
struct GroupedPicture {
  Picture picture = {};  // may be empty
  std::string source;    // file name
  std::string place;     // part and class, for example "train, cat"
};

struct PictureGroup {
  std::string note;  // for example "nearly the same, in several parts"
  std::vector<GroupedPicture> pictures = {};
};

/// Everything that a report shows. Empty strings, zeros, NaNs and empty lists are left out.
struct ReportInput {
  std::string title;                 // by default "MODEL on DATA"
  std::string model;                 // for example "cifar_resnet20"
  std::string data;                  // what was trained on, for example "fashion_mnist"
  std::string date;                  // when training ended, as it is to be shown
  std::string command;               // repeats the run when pasted into a shell
  std::string version;               // of noyau
  std::string cpu;                   // for example "AMD EPYC 7B13"
  std::string status;                // when the run did not end normally, for example "interrupted"
  double time_taken_s = 0;           // wall clock of the whole run, seconds
  double final_loss = kNotMeasured;  // mean cross-entropy on the evaluated part
  int64_t parameters = 0;            // trainable numbers
  int64_t macs = 0;                  // multiply-accumulates of one forward pass of one image
  int height = 0, width = 0, channels = 0;  // what the network takes
  int64_t train_images = 0, val_images = 0, test_images = 0;
  int threads = 0;
  int batch_size = 0;
  bool has_seed = false;
  uint64_t seed = 0;
  double prediction_s = kNotMeasured;  // wall clock per evaluated image, reading included
  std::vector<std::pair<std::string, std::string>> facts;  // further rows: name, value

  AdviceTaken advice;

  std::vector<EpochRow> epochs;
  int best_epoch = 0;  // whose weights were evaluated; 0: unknown

  std::string evaluated_part = "test";       // what the four lists below come from
  std::vector<std::string> classes;          // names, in class order
  std::vector<int32_t> labels, predictions;  // one per evaluated example
  std::vector<float> probabilities;          // examples x classes, row-major; may be empty
  std::vector<Mistake> mistakes;             // worst first

  // In place of labels and predictions, where pictures have several labels, or values:
  Task task = Task::classes;
  double score = kNotMeasured;       // mean average precision of labels, R2 of values
  std::vector<AnswerScore> answers;  // one per label or value
  std::vector<float> targets;        // examples x values, row-major; as `probabilities`

  std::vector<SuspiciousLabel> suspicious;  // most suspicious first; may be a part of all of them
  int64_t suspicious_total = 0;             // when larger than the list
  std::vector<PictureGroup> duplicates;     // may be a part of all of them
  int64_t duplicates_total = 0;             // groups, when larger than the list

  std::vector<SkippedFile> skipped;  // may be a part of all of them
  int64_t skipped_total = 0;         // when larger than the list
};

/// Writes loss.svg, accuracy.svg (of labels and values score.svg), lr.svg, confusion.svg,
/// reliability.svg and, of values, value1.svg ... into `folder` (made when missing).
///
/// A plot without data (no epochs, no predictions) is left out. Each file is written beside its
/// name and renamed. Throws io naming the path, and what confusion_matrix throws.
void write_plots(const std::string& folder, const ReportInput& input);

/// Writes one HTML file that needs no other file and no network: headline, advice, facts, curves,
/// confusion matrix, per-class table with Wilson's 95 % intervals, calibration, worst mistakes,
/// suspicious labels, duplicates, skipped files.
///
/// Every text is escaped, so class and file names may hold anything. The file is written beside
/// its name and renamed. Throws io naming the path, shape_mismatch or invalid_argument when lists
/// and classes do not fit together.
void write_report(const std::string& path, const ReportInput& input);

/// Encodes a picture as a PNG file in memory. Throws shape_mismatch when the pixels do not fill
/// height x width x channels, and invalid_argument for an empty picture or other channel counts.
std::vector<uint8_t> encode_png(const Picture& picture);

}  // namespace noyau
