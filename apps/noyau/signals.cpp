#include "signals.hpp"

#include <csignal>
#include <cstdlib>

namespace noyau::cli {
namespace {

std::atomic<bool> stop{false};
std::atomic<int> received{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  if (stop.exchange(true)) std::_Exit(128 + signal);
  received = signal;
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // Reads and writes go on after the signal; the step loop looks at the flag.
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  return stop;
}

int signal_received() { return received; }

}  // namespace noyau::cli
