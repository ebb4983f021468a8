// One set of tests for every key store; each brings its own real device.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "me/stores/key_store.h"
#include "support/temp_dir.h"

namespace simbiont::test {

// A device for keys that lives as long as the object, and stores on it.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual me::OpenedStore open(const std::string& path) = 0;
};

struct BackendParam {
  const char* name;
  // Null, with the reason in `missing`, when the device's program is not installed.
  std::function<std::unique_ptr<Backend>(const std::string& directory, std::string& missing)> make;
};
inline void PrintTo(const BackendParam& param, std::ostream* out) { *out << param.name; }

BackendParam softhsm_backend();
BackendParam swtpm_backend(const char* name, bool cipher_objects);

}  // namespace simbiont::test
