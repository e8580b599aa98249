#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "io/safetensors/reader.hpp"
#include "io/safetensors/writer.hpp"
#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Safetensors : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "noyau-io-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/w.safetensors"; }

  /// Writes the bytes as they are.
  void write(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  }
  /// Writes a length, the header and `data`.
  void write(const std::string& header, const std::string& data) const {
    write(prefix(header.size()) + header + data);
  }
  static std::string prefix(std::uint64_t length) {
    return {reinterpret_cast<const char*>(&length), 8};
  }

  /// The text of the Error that opening throws.
  std::string refusal(ErrorCode code = ErrorCode::corrupt_file) const {
    try {
      SafetensorsReader reader(path());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "was read";
    return {};
  }
  std::string refusal_of(const std::string& header, const std::string& data = {}) const {
    write(header, data);
    return refusal();
  }

  std::string folder_;
};

template <class T>
std::string bytes_of(std::initializer_list<T> numbers) {
  return {reinterpret_cast<const char*>(numbers.begin()), numbers.size() * sizeof(T)};
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a.weight":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}}";
}

TEST_F(Safetensors, RefusesLengthsThatTheFileDoesNotHave) {
  write("");
  EXPECT_THAT(refusal(), HasSubstr("0 bytes"));
  write("1234567");
  EXPECT_THAT(refusal(), HasSubstr("7 bytes"));
  for (const std::uint64_t length :
       {std::uint64_t(3), std::uint64_t(100'000'001), std::uint64_t(1) << 63, ~std::uint64_t(0)}) {
    write(prefix(length) + "{}");
    EXPECT_THAT(refusal(), HasSubstr("a header of " + std::to_string(length)));
  }
}

TEST_F(Safetensors, RefusesAHeaderOfMoreThan100MB) {
  write(prefix(100'000'001));
  std::filesystem::resize_file(path(), 200'000'000);  // sparse: takes no room
  EXPECT_THAT(refusal(), HasSubstr("at most 100000000"));
}

TEST_F(Safetensors, RefusesWhatIsNoFile) {
  EXPECT_THAT(refusal(ErrorCode::io), HasSubstr("cannot be read"));
  std::filesystem::create_directory(path());
  EXPECT_THAT(refusal(ErrorCode::io), HasSubstr("not a regular file"));
}

TEST_F(Safetensors, RefusesHeadersThatAreNotJsonObjects) {
  EXPECT_THAT(refusal_of(""), HasSubstr("does not start with {"));
  EXPECT_THAT(refusal_of("[]"), HasSubstr("does not start with {"));
  EXPECT_THAT(refusal_of(" {}"), HasSubstr("does not start with {"));
  EXPECT_THAT(refusal_of("\xEF\xBB\xBF{}"), HasSubstr("does not start with {"));
  EXPECT_THAT(refusal_of(std::string("{}\0\0", 4)), HasSubstr("NUL"));
  EXPECT_THAT(refusal_of("{}x"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("{} {}"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("{"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("{\"a\xFF\":1}"), AllOf(HasSubstr("not JSON"), HasSubstr("UTF-8")));
  EXPECT_THAT(refusal_of(R"({"\ud800":1})"), HasSubstr("not JSON"));
}

TEST_F(Safetensors, RefusesDeepNestingAtItsFirstStep) {
  std::string deep = R"({"a":)";
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  EXPECT_THAT(refusal_of(deep), HasSubstr("w.safetensors:a: \"a\""));
  EXPECT_THAT(refusal_of(R"({"a":)" + std::string(100'000, '[')), HasSubstr("an array"));
  EXPECT_THAT(refusal_of(R"({"a":{"shape":)" + std::string(100'000, '[')), HasSubstr("an array"));
}

TEST_F(Safetensors, RefusesRepeatedKeys) {
  const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  const std::string b = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]})";
  EXPECT_THAT(refusal_of("{" + a + "," + b + "}", "xy"), HasSubstr(":a: named twice"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"U8","dtype":"U8"}})"), HasSubstr("\"dtype\" twice"));
  EXPECT_THAT(refusal_of(R"({"__metadata__":{"k":"1","k":"2"}})"), HasSubstr("\"k\" twice"));
  EXPECT_THAT(refusal_of(R"({"__metadata__":{},"__metadata__":{}})"), HasSubstr("named twice"));
}

TEST_F(Safetensors, RefusesOtherTypesOfJsonValues) {
  EXPECT_THAT(refusal_of(R"({"a":1})"), HasSubstr(":a: 1"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"U8","shape":[1]}})"), HasSubstr("no data_offsets"));
  EXPECT_THAT(refusal_of(R"({"a":{"kind":1}})"), HasSubstr("\"kind\""));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":[]}})"), HasSubstr("dtype: an array"));
  EXPECT_THAT(refusal_of(R"({"__metadata__":{"k":1}})"), HasSubstr("k: 1"));
  EXPECT_THAT(refusal_of(one("F32", "[-1]", "[0,4]")), HasSubstr(":a.weight: shape: -1"));
  EXPECT_THAT(refusal_of(one("F32", "[1.5]", "[0,4]")), HasSubstr("shape: 1.5"));
  EXPECT_THAT(refusal_of(one("F32", "[null]", "[0,4]")), HasSubstr("shape: null"));
  EXPECT_THAT(refusal_of(one("F32", "[9223372036854775808]", "[0,4]")), HasSubstr("shape: 9223"));
  EXPECT_THAT(refusal_of(one("F32", "[18446744073709551616]", "[0,4]")), HasSubstr("shape: 1844"));
  EXPECT_THAT(refusal_of(one("F32", "[1]", "[-4,0]")), HasSubstr("data_offsets: -4"));
  EXPECT_THAT(refusal_of(one("F32", "[1]", "[0]")), HasSubstr("less than two numbers"));
  EXPECT_THAT(refusal_of(one("F32", "[1]", "[0,4,8]")), HasSubstr("more than two numbers"));
}

TEST_F(Safetensors, RefusesUnknownTypesWithTheList) {
  write(one("F8", "[1]", "[0,1]"), "x");
  EXPECT_THAT(refusal(ErrorCode::unsupported),
              AllOf(HasSubstr(":a.weight: dtype F8"), HasSubstr("BF16")));
}

TEST_F(Safetensors, RefusesOffsetsThatDisagreeWithTheShape) {
  EXPECT_THAT(refusal_of(one("F32", "[1]", "[4,0]"), "1234"), HasSubstr("data_offsets [4, 0]"));
  EXPECT_THAT(refusal_of(one("F32", "[2]", "[0,4]"), "1234"),
              HasSubstr(":a.weight: 4 bytes; expected 8 for F32 of 2"));
  EXPECT_THAT(refusal_of(one("F32", "[2]", "[0,8]"), "1234"), HasSubstr(":a.weight: ends at 8"));
  EXPECT_THAT(refusal_of(one("F32", "[1]", "[0,4]"), "12345"), HasSubstr("5 bytes behind"));
  EXPECT_THAT(refusal_of("{}", "1"), HasSubstr("1 bytes behind"));
}

TEST_F(Safetensors, RefusesShapesWhoseProductWraps) {
  // The product is 2^64 times a number and a bit: a naive reader sees a tensor of few bytes.
  EXPECT_THAT(refusal_of(one("F32", "[4194305,4194305,211106198978564]", "[0,4]"), "1234"),
              AllOf(HasSubstr(":a.weight: shape 4194305x4194305x211106198978564"),
                    HasSubstr("less than 2^64")));
}

TEST_F(Safetensors, RefusesHolesAndOverlaps) {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":)" + a + R"(},"b":{"dtype":"U8","shape":)" + b + "}}";
  };
  EXPECT_THAT(
      refusal_of(two(R"([2],"data_offsets":[0,2])", R"([2],"data_offsets":[3,5])"), "12345"),
      HasSubstr(":b: begins at 3, behind a hole; expected 2"));
  EXPECT_THAT(refusal_of(two(R"([2],"data_offsets":[0,2])", R"([2],"data_offsets":[1,3])"), "123"),
              HasSubstr(":b: begins at 1, inside"));
  EXPECT_THAT(refusal_of(two(R"([2],"data_offsets":[0,2])", R"([0],"data_offsets":[1,1])"), "12"),
              HasSubstr(":b: begins at 1, inside"));
  EXPECT_THAT(refusal_of(one("U8", "[1]", "[1,2]"), "12"), HasSubstr("behind a hole"));
}

TEST_F(Safetensors, EscapesNamesInErrors) {
  EXPECT_THAT(refusal_of(R"({"\u001b[2J":1})"), HasSubstr("\\x1b[2J"));
}

TEST_F(Safetensors, TakesScalarsEmptyTensorsAndSpaces) {
  write(R"({"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},)"
        R"("s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}, "__metadata__":{"k":"v"}}   )",
        bytes_of<float>({2.5f}));
  const SafetensorsReader reader(path());
  ASSERT_EQ(reader.header().tensors.size(), 2u);
  EXPECT_EQ(reader.header().tensors[0].name, "s");
  EXPECT_EQ(reader.read(reader.header().tensors[0]).as<float>()[0], 2.5f);
  EXPECT_EQ(reader.read(reader.header().tensors[1]).shape(), (Shape{0, 3}));
  EXPECT_EQ(reader.header().metadata, (std::map<std::string, std::string>{{"k", "v"}}));
  write("{}");
  write("{}", "");
  EXPECT_TRUE(SafetensorsReader(path()).header().tensors.empty());
}

TEST_F(Safetensors, ConvertsDoublesAndHalves) {
  const auto read = [&](const std::string& dtype, const std::string& data, int count) {
    write(one(dtype, "[" + std::to_string(count) + "]", "[0," + std::to_string(data.size()) + "]"),
          data);
    const SafetensorsReader reader(path());
    const Tensor tensor = reader.read(reader.header().tensors[0]);
    const auto numbers = tensor.as<float>();
    return std::vector<float>(numbers.begin(), numbers.end());
  };
  EXPECT_EQ(read("F64", bytes_of<double>({0.1, -2}), 2), (std::vector<float>{0.1f, -2}));
  // One, the largest, the smallest normal and denormal, minus two thirds.
  EXPECT_EQ(read("F16", bytes_of<std::uint16_t>({0x3C00, 0x7BFF, 0x0400, 0x0001, 0xB955}), 5),
            (std::vector<float>{1, 65504, 0x1p-14f, 0x1p-24f, -0.66650390625f}));
  EXPECT_TRUE(std::signbit(read("F16", bytes_of<std::uint16_t>({0x8000}), 1)[0]));
  EXPECT_EQ(read("BF16", bytes_of<std::uint16_t>({0x3F80, 0xC049}), 2),
            (std::vector<float>{1, -3.140625f}));
}

TEST_F(Safetensors, ConvertsEveryHalf) {
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = std::uint16_t(i);
  write(one("F16", "[65536]", "[0,131072]"),
        std::string(reinterpret_cast<const char*>(halves.data()), 131072));
  const SafetensorsReader reader(path());
  const Tensor tensor = reader.read(reader.header().tensors[0], NotFinite::allow);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    // The bits moved to their places in f32; the factor brings the exponent's bias along.
    const std::uint32_t magnitude = std::uint32_t(i & 0x7FFF) << 13;
    const float expected = std::bit_cast<float>(magnitude) * 0x1p112f;
    const float got = std::fabs(tensor.as<float>()[i]);
    if ((i & 0x7C00) != 0x7C00)
      ASSERT_EQ(got, expected) << i;
    else
      ASSERT_EQ(std::isinf(got), (i & 0x3FF) == 0) << i;
  }
}

TEST_F(Safetensors, ListsIntegersButDoesNotReadThemAsWeights) {
  for (const auto& [dtype, size] : {std::pair("I64", 8),
                                    {"I32", 4},
                                    {"I16", 2},
                                    {"I8", 1},
                                    {"U64", 8},
                                    {"U32", 4},
                                    {"U16", 2},
                                    {"U8", 1},
                                    {"BOOL", 1}}) {
    write(one(dtype, "[]", "[0," + std::to_string(size) + "]"), std::string(std::size_t(size), 1));
    const SafetensorsReader reader(path());
    EXPECT_EQ(to_string(reader.header().tensors.at(0).type), dtype);
    EXPECT_THROW(reader.read(reader.header().tensors[0]), Error) << dtype;
  }
}

TEST_F(Safetensors, CountsNumbersThatAreNotFinite) {
  const float inf = std::numeric_limits<float>::infinity();
  write(one("F32", "[4]", "[0,16]"), bytes_of<float>({1, NAN, -inf, 2}));
  const SafetensorsReader reader(path());
  const StoredTensor& tensor = reader.header().tensors[0];
  try {
    reader.read(tensor);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(":a.weight: 2 of 4 numbers are NaN or infinite"));
  }
  EXPECT_EQ(reader.read(tensor, NotFinite::allow).as<float>()[3], 2);
}

TEST_F(Safetensors, RefusesToReadMoreThanSixAxes) {
  write(one("F32", "[1,1,1,1,1,1,1]", "[0,4]"), bytes_of<float>({1}));
  const SafetensorsReader reader(path());
  EXPECT_THROW(reader.read(reader.header().tensors[0]), Error);
}

TEST_F(Safetensors, NoticesThatTheFileWasCutMeanwhile) {
  write(one("F32", "[4]", "[0,16]"), std::string(16, '\0'));
  const SafetensorsReader reader(path());
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 1);
  try {
    reader.read(reader.header().tensors[0]);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cut it short"));
  }
}

TEST_F(Safetensors, ReadsAHundredThousandTensorsInLinearTime) {
  const Tensor tensor(Shape{1});
  TensorList many;
  for (int i = 0; i < 100'000; ++i) many.emplace_back("layer" + std::to_string(i), &tensor);
  write_safetensors(path(), many);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(SafetensorsReader(path()).header().tensors.size(), 100'000u);
  // Takes about a tenth of a second; a quadratic reader needs minutes, also on a busy machine.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(Safetensors, WritesWhatItReads) {
  Tensor a(Shape{2, 3}), b(Shape{}), empty(Shape{0, 4});
  for (std::size_t i = 0; i < 6; ++i) a.as<float>()[i] = float(i) * 0.1f - 0.3f;
  b.as<float>()[0] = -0.0f;
  const std::string odd = "näme \"quoted\" \\ \n\x01 日本";
  write_safetensors(path(), {{odd, &a}, {"empty", &empty}, {"b", &b}}, {{"model", "x\ny"}});
  const SafetensorsReader reader(path());
  const auto& tensors = reader.header().tensors;
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors[0].name, odd);
  EXPECT_EQ(std::memcmp(reader.read(tensors[0]).raw(), a.raw(), a.bytes()), 0);
  EXPECT_EQ(tensors[1].name, "empty");
  EXPECT_TRUE(std::signbit(reader.read(tensors[2]).as<float>()[0]));
  EXPECT_EQ(reader.header().metadata,
            (std::map<std::string, std::string>{{"format", "pt"}, {"model", "x\ny"}}));
  std::ifstream file(path(), std::ios::binary);
  std::uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);  // no .tmp
}

TEST_F(Safetensors, LeavesTheOldFileWhenItCannotWrite) {
  const Tensor a(Shape{1});
  write_safetensors(path(), {{"a", &a}});
  EXPECT_THROW(write_safetensors(path(), {{"a", &a}, {"a", &a}}), Error);
  EXPECT_THROW(write_safetensors(path(), {{"__metadata__", &a}}), Error);
  EXPECT_THROW(write_safetensors(path(), {{"\xFF", &a}}), Error);
  EXPECT_THROW(write_safetensors(folder_ + "/none/w.safetensors", {{"a", &a}}), Error);
  EXPECT_EQ(SafetensorsReader(path()).header().tensors.size(), 1u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace noyau::io
