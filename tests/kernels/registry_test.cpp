#include <gtest/gtest.h>

#include "kernels/kernel.hpp"
#include "noyau/error.hpp"

namespace noyau::kernels {
namespace {

TEST(Registry, EveryFamilyEndsWithAReferenceThatAcceptsAll) {
  EXPECT_GE(families().size(), 25u);
  for (const std::string_view name : families()) {
    const std::span<const Kernel> rows = family(name);
    ASSERT_FALSE(rows.empty()) << name;
    EXPECT_EQ(rows.back().name, "reference") << name;
    for (const Kernel& row : rows) {
      EXPECT_EQ(row.family, name);
      EXPECT_NE(row.run, nullptr);
      EXPECT_EQ(row.pack == nullptr, row.packed_bytes == nullptr) << name;
    }
  }
}

TEST(Registry, UnknownFamilyIsAnInternalError) {
  try {
    family("no_such_family");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_EQ(error.got(), "no_such_family");
  }
}

TEST(Registry, FastRowsRefuseDoubleWithAReason) {
  Norm norm;
  norm.dtype = DType::f64;
  EXPECT_NE(family("batch_norm")[0].refuse(norm).find("f64"), std::string::npos);
}

TEST(Target, EachCanBeChosenAndTheBestComesBack) {
  const std::string best(target());
  EXPECT_EQ(best, targets()[0]);
  for (const std::string& name : targets()) {
    use_target(name);
    EXPECT_EQ(target(), name);
  }
  use_target("");
  EXPECT_EQ(target(), best);
  EXPECT_THROW(use_target("AVX9"), Error);
}

TEST(Describe, NamesTheProblem) {
  Conv conv;
  conv.batch = 16;
  conv.in = conv.out = {1, 56, 56};
  conv.in_channels = conv.out_channels = 64;
  conv.kernel = {1, 3, 3};
  conv.pad = {0, 1, 1};
  conv.activation = Activation::relu;
  EXPECT_EQ(to_string(conv), "16x56x56x64 -> 64, 3x3 s1 p1 relu");
  conv.stride = {1, 2, 1};
  conv.dtype = DType::f64;
  EXPECT_EQ(to_string(conv), "16x56x56x64 -> 64, 3x3 s2x1 p1 relu f64");
  EXPECT_EQ(dtype_of(conv), DType::f64);
  Norm norm;
  norm.rows = 8;
  norm.channels = 3;
  norm.residual = true;
  EXPECT_EQ(to_string(norm), "8x3 residual");
}

}  // namespace
}  // namespace noyau::kernels
