#include "tests/system/operator_site.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace simbiont::system_test {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string program(const std::string& name) {
  const char* bin = std::getenv("SIMBIONT_BIN");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return std::string(bin != nullptr ? bin : "build/release/bin") + "/" + name;
}

// Standard output goes to `out`, standard error is appended to `err`.
pid_t spawn(const std::vector<std::string>& arguments, const std::string& out, const std::string& err) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  pid_t child = -1;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
  return child;
}

int exit_status(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace

OperatorSite::OperatorSite() : port_(free_port()) {
  std::string name = (std::filesystem::temp_directory_path() / "simbiont-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
}

OperatorSite::~OperatorSite() {
  if (hss_ > 0) kill_9();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

OperatorSite::Done OperatorSite::cli(std::vector<std::string> arguments) const {
  std::vector<std::string> all{program("simbiont"), "--db", path("simbiont.db")};
  all.insert(all.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  const int status = exit_status(spawn(all, path("out"), path("err")));
  return {status, read_file(path("out"))};
}

std::vector<nlohmann::json> OperatorSite::rows(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "--json");
  const Done done = cli(std::move(arguments));
  if (done.status != 0) throw std::runtime_error("a listing failed: " + read_file(path("err")));
  std::vector<nlohmann::json> rows;
  std::istringstream lines(done.out);
  if (const auto whole = nlohmann::json::parse(done.out, nullptr, false); whole.is_array()) {
    return {whole.begin(), whole.end()};
  }
  for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

std::string OperatorSite::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

bool OperatorSite::start() {
  std::vector<std::string> command{program("simbiont-hss"), "--db", path("simbiont.db"), "--listen",
                                   "127.0.0.1:" + std::to_string(port_)};
  if (std::filesystem::exists(path("hss.toml")))
    command.insert(command.end(), {"--config", path("hss.toml")});
  hss_ = spawn(command, path("hss.out"), path("hss.log"));
  for (int tries = 0; tries < 6000; ++tries) {
    if (listens(port_)) return true;
    int status = 0;
    if (waitpid(hss_, &status, WNOHANG) == hss_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

int OperatorSite::reap() {
  const int status = exit_status(hss_);
  hss_ = -1;
  return status;
}

void OperatorSite::kill_9() {
  kill(hss_, SIGKILL);
  reap();
}

int OperatorSite::stop() {
  kill(hss_, SIGTERM);
  return reap();
}

std::string OperatorSite::log() const { return read_file(path("hss.log")); }

}  // namespace simbiont::system_test
