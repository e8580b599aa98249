#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace noyau::test {

/// How the server answers.
struct ServerOptions {
  std::string content = {};
  bool ranges = true;
  std::vector<std::size_t> cuts = {};  ///< bytes sent by the first answers before they break off
  std::vector<int> statuses = {};      ///< of the first answers, in place of the file
  std::string redirect = {};           ///< path that "/moved" leads to
};

/// A little HTTP server on a port of this machine, for one file.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& path = "/file") const;
  /// The requests so far: the path and where the range began, "/file 100".
  std::vector<std::string> requests() const;

 private:
  void serve();
  void answer(int connection);

  ServerOptions options_;
  int socket_ = -1, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::size_t cut_ = 0, status_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

inline void send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(std::size_t(sent));
  }
}

inline std::string read_request(int connection) {
  std::string request;
  char bytes[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t count = ::recv(connection, bytes, sizeof bytes, 0);
    if (count <= 0) break;
    request.append(bytes, std::size_t(count));
  }
  return request;
}

/// Where the wanted range begins; 0 without one.
inline std::size_t range_of(const std::string& request) {
  const std::string_view key = "Range: bytes=";
  const std::size_t at = request.find(key);
  return at == std::string::npos ? 0 : std::strtoull(&request[at + key.size()], nullptr, 10);
}

inline Server::Server(ServerOptions options) : options_(std::move(options)) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket_, where, size) != 0 || ::listen(socket_, 8) != 0 ||
      ::getsockname(socket_, where, &size) != 0)
    throw std::runtime_error("no port for the test");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

inline Server::~Server() {
  stop_ = true;
  thread_.join();
  ::close(socket_);
}

inline std::string Server::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

inline std::vector<std::string> Server::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

inline void Server::serve() {
  while (!stop_) {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    const int connection = ::accept(socket_, nullptr, nullptr);
    if (connection < 0) continue;
    answer(connection);
    ::close(connection);
  }
}

inline void Server::answer(int connection) {
  const std::string request = read_request(connection);
  const std::string path = request.substr(4, request.find(' ', 4) - 4);
  std::size_t begin = range_of(request);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(fmt::format("{} {}", path, begin));
  }
  const std::string close = "Connection: close\r\n";
  if (status_ < options_.statuses.size()) {
    send_all(connection, fmt::format("HTTP/1.1 {} Error\r\nContent-Length: 0\r\n{}\r\n",
                                     options_.statuses[status_++], close));
    return;
  }
  if (path == "/moved") {
    send_all(connection, fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\n"
                                     "Content-Length: 0\r\n{}\r\n",
                                     options_.redirect, close));
    return;
  }
  const bool part = options_.ranges && begin > 0;
  if (!part) begin = 0;
  const std::size_t whole = options_.content.size();
  std::string_view body = std::string_view(options_.content).substr(std::min(begin, whole));
  const std::string range =
      part ? fmt::format("Content-Range: bytes {}-{}/{}\r\n", begin, whole - 1, whole) : "";
  send_all(connection,
           fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}{}\r\n",
                       part ? "206 Partial Content" : "200 OK", body.size(), range, close));
  if (cut_ < options_.cuts.size()) body = body.substr(0, options_.cuts[cut_++]);
  send_all(connection, body);
}

}  // namespace noyau::test
