#include "train/features/compute.hpp"

#include "train/evaluate.hpp"

namespace noyau::training {

void compute_features(runtime::Inference& front, Loader& loader, FeatureWriter& writer,
                      const std::function<void(std::int64_t)>& told) {
  const FlushDenormals flush;
  runtime::Session& session = front.session();
  for (std::int64_t step = loader.steps_per_epoch(); step > 0; --step) {
    const Batch& batch = loader.next();
    feed_images(session, batch);
    session.run();
    const std::span<const float> features = session.output<float>("features");
    const std::size_t width = features.size() / batch.indices.size();
    for (std::size_t i = 0; i < std::size_t(batch.valid); ++i)
      writer.add(batch.indices[i], features.subspan(i * width, width));
    if (told && batch.valid > 0) told(batch.indices[std::size_t(batch.valid) - 1] + 1);
  }
}

}  // namespace noyau::training
