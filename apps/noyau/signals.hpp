#pragma once

#include <atomic>

namespace noyau::cli {

/// From now on Ctrl-C, SIGTERM and SIGHUP set the flag once; a second one ends the program at once.
const std::atomic<bool>& stop_on_signals();

/// The signal that came, 0 = none.
int signal_received();

}  // namespace noyau::cli
