#include "data/listing.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr int kMaxDepth = 32;

struct Close {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::string reason(int error) { return std::generic_category().message(error); }

std::vector<std::string> names_in(const std::string& folder) {
  const std::unique_ptr<DIR, Close> handle(::opendir(folder.c_str()));
  if (!handle) {
    throw Error(ErrorCode::io, folder, "cannot be read: " + reason(errno), "a readable folder");
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(handle.get()))
    if (!is_junk(entry->d_name)) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());  // by bytes: the same in every locale
  return names;
}

bool is_same(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

std::vector<std::string> children(const std::string& folder, PathKind kind) {
  std::vector<std::string> names = names_in(folder);
  // A link to the folder itself would be a class that holds all others.
  std::erase_if(names,
                [&](const std::string& name) { return is_same(folder + "/" + name, folder); });
  std::erase_if(names,
                [&](const std::string& name) { return kind_of(folder + "/" + name) != kind; });
  return names;
}

std::string special_kind(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

class Walk {
 public:
  Walk(const std::string& root, const std::string& below) : root_(root) {
    for (const std::string& path : {root, root + "/" + below}) {
      struct stat status {};
      if (::stat(path.c_str(), &status) == 0) open_.insert({status.st_dev, status.st_ino});
    }
  }

  void folder(const std::string& path, int depth) {
    for (const std::string& name : names_in(root_ + "/" + path)) {
      entry(path.empty() ? name : path + "/" + name, depth);
    }
  }
  Listing take() {
    std::sort(listing_.files.begin(), listing_.files.end(),
              [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
    return std::move(listing_);
  }

 private:
  void skip(const std::string& path, std::string why) {
    listing_.skipped.push_back({path, std::move(why)});
  }

  void entry(const std::string& path, int depth) {
    struct stat status {};
    if (::stat((root_ + "/" + path).c_str(), &status) != 0) {
      skip(path, errno == ELOOP ? "a loop of links" : "cannot be read: " + reason(errno));
    } else if (S_ISREG(status.st_mode)) {
      const std::int64_t time =
          std::int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
      listing_.files.push_back({path, std::uint64_t(status.st_size), time});
    } else if (S_ISDIR(status.st_mode)) {
      subfolder(path, status, depth);
    } else {
      skip(path, "not a regular file but " + special_kind(status.st_mode));
    }
  }

  void subfolder(const std::string& path, const struct stat& status, int depth) {
    if (depth >= kMaxDepth) return skip(path, "nested too deep");
    const auto id = std::pair(status.st_dev, status.st_ino);
    if (!open_.insert(id).second) return skip(path, "a loop of links");
    try {
      folder(path, depth + 1);
    } catch (const Error& error) {
      skip(path, error.got());
    }
    open_.erase(id);
  }

  const std::string& root_;
  Listing listing_;
  std::set<std::pair<dev_t, ino_t>> open_;  // the folders that we are inside of
};

}  // namespace

bool is_junk(std::string_view name) {
  return name.empty() || name.front() == '.' || name == "__MACOSX" || name == "Thumbs.db" ||
         name == "thumbs.db" || name == "ehthumbs.db" || name == "desktop.ini" ||
         name == "Desktop.ini";
}

PlacedFile place_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

PathKind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return errno == ENOENT || errno == ENOTDIR ? PathKind::absent : PathKind::other;
  if (S_ISREG(status.st_mode)) return PathKind::file;
  return S_ISDIR(status.st_mode) ? PathKind::folder : PathKind::other;
}

std::vector<std::string> child_folders(const std::string& folder) {
  return children(folder, PathKind::folder);
}

std::vector<std::string> child_files(const std::string& folder) {
  return children(folder, PathKind::file);
}

Listing list_files(const std::string& root, const std::string& below) {
  Walk walk(root, below);
  walk.folder(below, 0);
  return walk.take();
}

}  // namespace noyau::data
