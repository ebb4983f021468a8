// A SoftHSM2 token of the test's own, in a directory that goes away.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/token.h"

namespace simbiont::test {

class SoftHsm {
 public:
  static constexpr const char* module = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr const char* pin = "8765432187";
  static bool is_installed() { return ::access(module, R_OK) == 0; }

  SoftHsm() {
    std::string name = std::filesystem::temp_directory_path() / "simbiont-token-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    const std::string config = directory_ + "/softhsm2.conf";
    std::filesystem::create_directory(tokens());
    std::ofstream(config) << "directories.tokendir = " << tokens() << "\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", config.c_str(), 1);
    const std::string command =
        std::string("softhsm2-util --init-token --free --label test --so-pin 12345678 --pin ") + pin +
        " >/dev/null 2>&1";
    works_ = std::system(command.c_str()) == 0;
    set_pin(pin);
  }
  SoftHsm(const SoftHsm&) = delete;
  SoftHsm& operator=(const SoftHsm&) = delete;
  ~SoftHsm() { std::filesystem::remove_all(directory_); }

  bool works() const { return works_; }
  std::string tokens() const { return directory_ + "/tokens"; }
  std::string pin_file() const { return directory_ + "/pin"; }
  void set_pin(const std::string& text) const {
    std::ofstream(pin_file()) << text << '\n';
    std::filesystem::permissions(pin_file(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void lose() const { std::filesystem::rename(tokens(), directory_ + "/away"); }
  void find() const { std::filesystem::rename(directory_ + "/away", tokens()); }

  crypto::TokenOptions options() const { return {module, "test", {}, "file:" + pin_file()}; }
  std::unique_ptr<crypto::Token> token() const { return *crypto::make_pkcs11_token(options()); }

 private:
  std::string directory_;
  bool works_ = false;
};

}  // namespace simbiont::test
