#include "base/usage.h"

#include <gtest/gtest.h>

#include <vector>

namespace simbiont {
namespace {

const std::string key = "465b5ce8b199b49faa5f0a2ee238a6bc";

TEST(Usage, a_value_is_never_repeated) {
  struct Case {
    const char* kind;
    std::string what;
    std::vector<std::string> unexpected;
    const char* says;
  };
  const std::vector<Case> table{
      {"ExtrasError",
       "The following argument was not expected: " + key,
       {key},
       "1 argument was not expected"},
      {"ExtrasError", "", {"-" + key}, "1 argument"},
      {"ExtrasError", "", {"--" + key}, "1 argument"},
      {"ExtrasError", "", {"--key=" + key}, "unknown option --key"},
      {"ExtrasError", "", {key, key}, "2 arguments were not expected"},
      {"ExtrasError", "", {"--colour", key, "--size"}, "unknown option --colour, --size"},
      {"ValidationError", "--mode: " + key + " not in {off}", {}, "--mode: this value"},
      {"ConversionError", "Could not convert: --vectors = " + key, {}, "--vectors: this value"},
      {"ConversionError",
       "The value " + key + " is not an allowed value for --json",
       {},
       "--json: this value"},
      {"ConversionError", "--json: Should be true/false or a number", {}, "--json: this value"},
      {"RequiredError", "IMSI is required", {}, "IMSI is required"},
      {"ExcludesError", "--opc excludes --op", {}, "--opc excludes --op"},
      {"ConfigError", key, {}, "not understood"},
  };
  for (const auto& [kind, what, unexpected, says] : table) {
    const std::string said = usage_problem(kind, what, unexpected);
    EXPECT_NE(said.find(says), std::string::npos) << said;
    EXPECT_EQ(said.find(key), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace simbiont
