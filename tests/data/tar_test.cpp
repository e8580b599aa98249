#include "data/tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/tar_archive.hpp"

namespace noyau::test {
namespace {

using data::TarIndex;
using data::TarMember;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TarIndex index_of(const Bytes& archive) {
  static const TempFolder folder;
  folder.write("a.tar", archive);
  return data::index_tar(data::InputFile(folder / "a.tar"), "a.tar");
}

std::string refusal_of(const Bytes& archive) {
  const Error error = error_of([&] { index_of(archive); });
  EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << error.what();
  EXPECT_THAT(error.where(), HasSubstr("a.tar@"));
  return error.what();
}

Bytes pax(const std::string& records) { return tar_member("pax", bytes_of(records), 'x'); }

TEST(Tar, ListsItsFiles) {
  const TarIndex index = index_of(
      tar_archive({tar_member("cat/", {}, '5'), tar_member("./cat/1.jpg", Bytes(700, 1)),
                   tar_member("cat/empty", {}), tar_member("dog.jpg", Bytes(512, 2), '\0')}));
  EXPECT_THAT(index.files,
              ElementsAre(TarMember{"cat/1.jpg", 1024, 700}, TarMember{"cat/empty", 2560, 0},
                          TarMember{"dog.jpg", 3072, 512}));
  EXPECT_THAT(index.skipped, IsEmpty());
  EXPECT_THAT(index_of(tar_archive({})).files, IsEmpty());
}

TEST(Tar, KnowsLongNames) {
  const std::string name = std::string(150, 'd') + "/" + std::string(120, 'f') + ".jpg";
  const std::string record = " path=" + name + "\n";
  const std::string size = std::to_string(record.size() + 3);
  Bytes prefixed = tar_header("name.jpg", 0);
  prefixed[345] = 'p';
  seal(prefixed);
  const TarIndex index = index_of(
      tar_archive({tar_member("././@LongLink", bytes_of(name + '\0'), 'L'),
                   tar_member("short", Bytes(3)), pax(size + record), tar_member("short", Bytes(3)),
                   tar_member("other", Bytes(3)), prefixed}));
  ASSERT_EQ(index.files.size(), 3u);
  EXPECT_EQ(index.files[0].name, name);
  EXPECT_EQ(index.files[1].name, "other");
  EXPECT_EQ(index.files[2].name, "p/name.jpg");
  EXPECT_THAT(index.skipped, ElementsAre(Skipped{name, "the same name again"}));
}

TEST(Tar, KnowsLargeSizes) {
  Bytes base256 = tar_header("a", 0);
  std::fill(base256.begin() + 124, base256.begin() + 136, std::uint8_t(0));
  base256[124] = 0x80;
  base256[134] = 2;  // 512
  seal(base256);
  base256.resize(1024);
  EXPECT_THAT(index_of(tar_archive({base256})).files, ElementsAre(TarMember{"a", 512, 512}));
  Bytes paxed = tar_header("b", 0);
  paxed.resize(1024);
  EXPECT_THAT(index_of(tar_archive({pax("12 size=512\n"), paxed})).files,
              ElementsAre(TarMember{"b", 1536, 512}));
}

TEST(Tar, LeavesOutWhatIsNoFileOfItsOwn) {
  const TarIndex index = index_of(tar_archive(
      {tar_member("../up.jpg", Bytes(1)), tar_member("/etc/passwd", Bytes(1)),
       tar_member("hard", {}, '1'), tar_member("soft", {}, '2'), tar_member("device", {}, '3'),
       tar_member("sparse", {}, 'S'), pax("22 GNU.sparse.major=1\n"), tar_member("x", Bytes(1)),
       tar_member("good", Bytes(1))}));
  ASSERT_EQ(index.files.size(), 1u);
  EXPECT_EQ(index.files[0].name, "good");
  EXPECT_EQ(index.skipped.size(), 7u);
  EXPECT_EQ(index.skipped[0].reason, "a name that leads out of the archive");
  EXPECT_EQ(index.skipped[3].reason, "a link");
}

TEST(Tar, CutAnywhereIsNamed) {
  Bytes archive = tar_archive({tar_member("a", Bytes(700, 7)), tar_member("b", Bytes(10, 8))});
  const std::size_t end = archive.size() - 1024 + 512;  // one block of zeros is enough
  for (std::size_t cut = 0; cut < end; cut += 211) {
    archive.resize(cut);
    refusal_of(archive);
    archive.resize(end);
    archive = tar_archive({tar_member("a", Bytes(700, 7)), tar_member("b", Bytes(10, 8))});
  }
  archive.resize(end);
  EXPECT_EQ(index_of(archive).files.size(), 2u);
}

TEST(Tar, DamagedHeadersAreNamedWithTheirPlace) {
  Bytes archive = tar_archive({tar_member("a", Bytes(700, 7)), tar_member("b", Bytes(10, 8))});
  archive[3 * 512 + 512 + 1] ^= 1;  // behind the two blocks of a and those of its data
  EXPECT_NO_THROW(index_of(archive));
  archive[3 * 512 + 5] ^= 1;
  EXPECT_THAT(refusal_of(archive), HasSubstr("a.tar@1536: a header with a wrong checksum"));
  EXPECT_THAT(refusal_of(Bytes(2000, 'x')), HasSubstr("a.tar@0"));
  EXPECT_THAT(refusal_of(tar_archive({tar_header("a", 100000)})),
              HasSubstr("\"a\" has 100000 bytes and the archive ends before"));
  const auto with_size = [](const std::string& field) {
    Bytes header = tar_header("a", 0);
    std::copy(field.begin(), field.end(), header.begin() + 124);
    seal(header);
    return tar_archive({header});
  };
  EXPECT_THAT(refusal_of(with_size("12x45678901")), HasSubstr("size is no number"));
  EXPECT_THAT(refusal_of(with_size(std::string(12, '\xFF'))), HasSubstr("size is no number"));
  EXPECT_THAT(refusal_of(with_size("\x80" + std::string(11, '\x7F'))), HasSubstr("no number"));
  EXPECT_THAT(refusal_of(with_size("\x80" + std::string(4, '\0') + std::string(7, '\x1F'))),
              HasSubstr("the archive ends before"));
}

TEST(Tar, DamagedExtendedHeadersAreNamed) {
  for (const char* records : {"x", "9999999 path=a\n", "5 a=b\n", "0 a=b\n", "8 path=a", "7 path\n",
                              "12 size=-12\n", "99999999999999999999 a=b\n"})
    refusal_of(tar_archive({pax(records), tar_member("a", Bytes(1))}));
  refusal_of(tar_archive({tar_member("n", Bytes(70000, 'n'), 'L'), tar_member("a", {})}));
}

TEST(Tar, FlippedBytesNeverCrash) {
  const Bytes archive = tar_archive({pax("12 size=700\n"), tar_member("a", Bytes(700, 7)),
                                     tar_member("L", bytes_of("long"), 'L'), tar_member("b", {})});
  for (std::size_t at = 0; at < archive.size(); at += 13) {
    Bytes bad = archive;
    bad[at] ^= 0xFF;
    const std::size_t header = at / 512 * 512;
    Bytes block(bad.begin() + std::ptrdiff_t(header), bad.begin() + std::ptrdiff_t(header) + 512);
    seal(block);  // so that more than the checksum is looked at
    std::copy(block.begin(), block.end(), bad.begin() + std::ptrdiff_t(header));
    try {
      for (const TarMember& member : index_of(bad).files)
        ASSERT_LE(std::size_t(member.offset + member.size), bad.size());
    } catch (const Error&) {
    }
  }
}

TEST(Tar, CompressedArchivesAreRefusedWithWhatToDo) {
  const Error error = error_of([&] { index_of(gzipped(tar_archive({tar_member("a", {})}))); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_THAT(error.what(), HasSubstr("a compressed archive"));
  EXPECT_THAT(error.what(), HasSubstr("gunzip"));
}

}  // namespace
}  // namespace noyau::test
