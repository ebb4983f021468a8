// What a supplier's signed batch holds: a row for each device or SIM, its key wrapped. docs/suppliers.md is
// the contract; its columns stand here.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/importer.h"
#include "base/csv.h"
#include "store/records.h"

namespace simbiont::admin {

inline constexpr std::array<csv::Column, 7> device_batch_columns{{{"imei", true},
                                                                  {"kme", true},
                                                                  {"algorithm"},
                                                                  {"epoch"},
                                                                  {"wrap"},
                                                                  {"wrapped_key", true},
                                                                  {"kcv", true}}};
inline constexpr std::array<csv::Column, 11> sim_batch_columns{{{"imsi", true},
                                                                {"alg"},
                                                                {"amf"},
                                                                {"wrap"},
                                                                {"wrapped_k", true},
                                                                {"k_kcv", true},
                                                                {"wrapped_opc"},
                                                                {"opc_kcv"},
                                                                {"sqn"},
                                                                {"msisdn"},
                                                                {"apn"}}};

inline constexpr std::size_t max_batch = 32UL * 1024 * 1024;  // octets of a file
inline constexpr std::size_t max_listed = 100;                // bad rows of an answer; all are counted

// resume: rows that stand in the store exactly as in the file are passed over; otherwise they are duplicates.
std::unique_ptr<Importer> import_device_batch(const store::Supplier& supplier, bool resume);
std::unique_ptr<Importer> import_sim_batch(const store::Supplier& supplier, bool resume);

// A file of JSON objects, one a line, as the CSV that the importer takes: line N becomes line N, behind a
// header that is line 0. What is bad in a line becomes a complaint, and its line is left empty.
struct JsonLines {
  struct Bad {
    std::uint64_t line;
    std::string reason;
  };
  std::string csv;
  std::vector<Bad> bad;
};
bool is_json_lines(std::string_view text);
JsonLines read_json_lines(std::string_view text, std::span<const csv::Column> columns);

// All that is wrong with a row, joined to one reason.
class Reasons {
 public:
  void add(const Error& e) { add(e.code, e.message); }
  void add(Errc code, std::string_view reason) {
    if (text_.empty()) code_ = code;
    text_.append(text_.empty() ? "" : "; ").append(reason);
  }
  // The value of a Result, or its default after noting why there is none.
  template <class T>
  T take(Result<T> result, T otherwise = T()) {
    if (result) return std::move(*result);
    add(result.error());
    return otherwise;
  }
  bool none() const { return text_.empty(); }
  Status status() const { return none() ? Status() : Status(error(code_, text_)); }

 private:
  Errc code_ = Errc::invalid_argument;
  std::string text_;
};

}  // namespace simbiont::admin
