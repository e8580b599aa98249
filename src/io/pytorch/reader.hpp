#pragma once

#include <string>
#include <vector>

#include "io/stored_tensor.hpp"

namespace noyau::io {

/// A file of torch.save (.pth, .pt, .bin): a ZIP archive, or the stream of pickles before PyTorch
/// 1.6. Its tensors are those of the state dict: the dict that was saved, or one below it under
/// "state_dict", "model_state_dict" or "model". Nothing in the file is run.
class PytorchReader {
 public:
  /// Throws Error(io), Error(corrupt_file) naming path, member and offset, Error(unsupported) for
  /// what is not made of tensors and dicts.
  explicit PytorchReader(const std::string& path);

  /// In the order of the dict; names without a "module." that all of them begin with.
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  /// One of `tensors()` as f32. Throws as `read_stored`.
  Tensor read(const StoredTensor& tensor, NotFinite policy = NotFinite::refuse) const;

 private:
  InputFile file_;
  std::vector<StoredTensor> tensors_;
};

}  // namespace noyau::io
