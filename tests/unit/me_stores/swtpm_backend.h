// A TPM of the test's own, played by swtpm.
#pragma once

#include "fixture.h"

namespace simbiont::test {

class SwTpm final : public Backend {
 public:
  SwTpm(const std::string& directory, bool cipher_objects);
  ~SwTpm() override;
  SwTpm(const SwTpm&) = delete;
  SwTpm& operator=(const SwTpm&) = delete;

  me::OpenedStore open(const std::string& path) override;
  const std::string& tcti() const { return tcti_; }
  static bool is_installed();

 private:
  std::string tcti_;
  bool cipher_objects_;
  int process_ = -1;
};

}  // namespace simbiont::test
