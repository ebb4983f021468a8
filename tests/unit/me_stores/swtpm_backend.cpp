#include "swtpm_backend.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace simbiont::test {
namespace {

constexpr const char* program = "/usr/bin/swtpm";

}  // namespace

bool SwTpm::is_installed() { return ::access(program, X_OK) == 0; }

SwTpm::SwTpm(const std::string& directory, bool cipher_objects) : cipher_objects_(cipher_objects) {
  const std::string state = directory + "/tpm", socket = directory + "/tpm.sock", control = socket + ".ctrl";
  std::filesystem::create_directory(state);
  const std::string arguments[] = {"type=unixio,path=" + socket, "type=unixio,path=" + control,
                                   "dir=" + state};
  process_ = ::fork();
  if (process_ == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(127);
    ::execl(program, program, "socket", "--tpm2", "--server", arguments[0].c_str(), "--ctrl",
            arguments[1].c_str(), "--tpmstate", arguments[2].c_str(), "--flags",
            "not-need-init,startup-clear", nullptr);
    ::_exit(127);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (::access(control.c_str(), F_OK) != 0 || ::access(socket.c_str(), F_OK) != 0) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("swtpm does not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  tcti_ = "swtpm:path=" + socket;
}

SwTpm::~SwTpm() {
  if (process_ <= 0) return;
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

me::OpenedStore SwTpm::open(const std::string& path) {
  // swtpm serves one connection at a time, and notices the end of the one before when it gets to run.
  for (int again = 0;; ++again) {
    auto opened = me::open_tpm_store(path, {tcti_, {7, 16}, cipher_objects_});
    if (opened || again == 100 || opened.error().message.find("cannot be reached") == std::string::npos)
      return opened;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

BackendParam swtpm_backend(const char* name, bool cipher_objects) {
  return {name,
          [cipher_objects](const std::string& directory, std::string& missing) -> std::unique_ptr<Backend> {
            if (SwTpm::is_installed()) return std::make_unique<SwTpm>(directory, cipher_objects);
            missing = "swtpm is not installed";
            return nullptr;
          }};
}

}  // namespace simbiont::test
