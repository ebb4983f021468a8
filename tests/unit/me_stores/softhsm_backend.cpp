// A SoftHSM2 token of the test's own.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "fixture.h"

namespace simbiont::test {
namespace {

constexpr const char* module = "/usr/lib/softhsm/libsofthsm2.so";

class SoftHsm final : public Backend {
 public:
  explicit SoftHsm(const std::string& directory) {
    const std::string config = directory + "/softhsm2.conf";
    std::filesystem::create_directory(directory + "/tokens");
    std::ofstream(config) << "directories.tokendir = " << directory << "/tokens\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", config.c_str(), 1);
    const std::string command =
        "softhsm2-util --init-token --free --label device --so-pin 12345678 --pin 87654321 >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("softhsm2-util");
  }
  me::OpenedStore open(const std::string& path) override {
    return me::open_pkcs11_store(path, {module, "device", Secret(as_bytes("87654321"))});
  }
};

}  // namespace

BackendParam softhsm_backend() {
  return {"softhsm", [](const std::string& directory, std::string& missing) -> std::unique_ptr<Backend> {
            if (::access(module, R_OK) != 0) {
              missing = "softhsm2 is not installed";
              return nullptr;
            }
            return std::make_unique<SoftHsm>(directory);
          }};
}

}  // namespace simbiont::test
