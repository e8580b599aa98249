#include "io/download/download.hpp"

#include "noyau/error.hpp"

#ifndef NOYAU_FETCH

namespace noyau::io {

void download(const Download& wanted) {
  throw Error(ErrorCode::unsupported, wanted.url, "noyau was built without downloads",
              "a build with NOYAU_FETCH=ON",
              "fetch the file by other means; noyau weights import FILE takes it");
}

}  // namespace noyau::io

#else

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace noyau::io {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t(16) << 30;  // where the length is not known
constexpr std::array<int, 5> kPauses{0, 1, 2, 4, 8};           // seconds before each new try

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void fail(const std::string& where, const std::string& got,
                       const std::string& hint = {}) {
  throw Error(ErrorCode::io, where, got, "", hint);
}

std::uint64_t size_of(const std::string& path) {
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

/// What a transfer writes to, and how it went.
struct Transfer {
  const Download& wanted;
  File file;
  std::uint64_t done;
  bool too_long = false;
  int write_error = 0;

  std::uint64_t most() const { return wanted.bytes > 0 ? wanted.bytes : kMostBytes; }
};

std::size_t take(char* bytes, std::size_t, std::size_t count, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  transfer.too_long = count > transfer.most() - transfer.done;
  if (transfer.too_long) return 0;
  if (std::fwrite(bytes, 1, count, transfer.file.get()) != count) {
    transfer.write_error = errno;
    return 0;
  }
  transfer.done += count;
  if (transfer.wanted.progress) transfer.wanted.progress(transfer.done, transfer.wanted.bytes);
  return count;
}

/// Addresses that no proxy is asked for: those of the environment, and this machine.
std::string without_proxy() {
  std::string list = "localhost,127.0.0.1,::1";
  for (const char* name : {"no_proxy", "NO_PROXY"})
    if (const char* more = std::getenv(name)) list += std::string(",") + more;
  return list;
}

void set_up(CURL* curl, Transfer& transfer, char* message) {
  curl_easy_setopt(curl, CURLOPT_URL, transfer.wanted.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "noyau");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, without_proxy().c_str());
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, curl_off_t(transfer.done));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
}

enum class End { done, again, from_start };

/// What follows from the end of a transfer; throws where trying again would not help.
End judge(CURL* curl, CURLcode code, const Transfer& transfer, const std::string& message) {
  const Download& wanted = transfer.wanted;
  if (transfer.too_long)
    throw Error(ErrorCode::corrupt_file, wanted.url, "a longer file",
                fmt::format("{} bytes", transfer.most()));
  if (transfer.write_error != 0)
    fail(wanted.path, fmt::format("cannot be written: {}", std::strerror(transfer.write_error)));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  switch (code) {
    case CURLE_OK:
      if (wanted.bytes > 0 && transfer.done < wanted.bytes)
        return status == 416 ? End::from_start : End::again;
      return End::done;
    case CURLE_RANGE_ERROR:
    case CURLE_BAD_DOWNLOAD_RESUME:
      return End::from_start;
    case CURLE_HTTP_RETURNED_ERROR:
      if (status == 429 || status >= 500) return End::again;
      break;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return End::again;
    default:
      break;
  }
  fail(wanted.url, fmt::format("cannot be fetched: {}", message),
       "the connection and the proxies are those of the environment; --mirror names another place");
}

/// One connection: fetches on from where the file ends.
End transfer_once(const Download& wanted, std::uint64_t& done, std::string& message) {
  Transfer transfer{wanted, File(std::fopen(wanted.path.c_str(), "ab"), std::fclose), done};
  if (!transfer.file) fail(wanted.path, fmt::format("cannot be written: {}", std::strerror(errno)));
  const Handle curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw Error(ErrorCode::out_of_memory, wanted.url, "no memory for a connection");
  std::array<char, CURL_ERROR_SIZE> text{};
  set_up(curl.get(), transfer, text.data());
  const CURLcode code = curl_easy_perform(curl.get());
  message = text[0] != '\0' ? text.data() : curl_easy_strerror(code);
  if (std::fclose(transfer.file.release()) != 0 && transfer.write_error == 0)
    transfer.write_error = errno;
  done = transfer.done;
  return judge(curl.get(), code, transfer, message);
}

}  // namespace

void download(const Download& wanted) {
  static std::once_flag ready;
  std::call_once(ready, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::uint64_t done = size_of(wanted.path);
  if (wanted.bytes > 0 && done == wanted.bytes) return;
  const auto start_over = [&] {
    std::error_code ignored;
    std::filesystem::remove(wanted.path, ignored);
    done = 0;
  };
  if (done > (wanted.bytes > 0 ? wanted.bytes : kMostBytes)) start_over();
  bool started_over = false;
  std::string message;
  for (std::size_t tries = 0; tries < kPauses.size();) {
    std::this_thread::sleep_for(std::chrono::seconds(tries == 0 ? 0 : kPauses[tries - 1]));
    const std::uint64_t before = done;
    const End end = transfer_once(wanted, done, message);
    if (end == End::done) return;
    if (end == End::from_start) {
      if (std::exchange(started_over, true)) break;
      start_over();
      continue;
    }
    tries = done > before ? 1 : tries + 1;
  }
  fail(wanted.url, fmt::format("was cut off after {} bytes: {}", done, message),
       "the same command goes on from there");
}

}  // namespace noyau::io

#endif
