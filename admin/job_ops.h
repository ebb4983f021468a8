// What a row of a job may be: the one table of its operations. An operation is a request to the API, so a row
// does what the single command does, by the same handler.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/route.h"
#include "base/csv.h"

namespace simbiont::admin {

// Columns keep their place: rows of earlier jobs are stored in this order. New ones come at the end.
inline constexpr std::array<csv::Column, 10> job_columns{{{"op", true},
                                                          {"imsi"},
                                                          {"imei"},
                                                          {"mode"},
                                                          {"until"},
                                                          {"old"},
                                                          {"new"},
                                                          {"overlap"},
                                                          {"policy"},
                                                          {"tac"}}};

enum class JobColumn : std::uint8_t { op, imsi, imei, mode, until, old, fresh, overlap, policy, tac };

struct JobField {
  JobColumn column;
  bool required = false;
  bool several = false;  // values with ';' between
};

struct JobOp {
  std::string_view name;
  std::string_view method, pattern;  // of the route
  JobColumn subject;                 // stands in the path
  std::span<const JobField> fields;  // of the body; a JSON field bears its column's name
};

std::span<const JobOp> job_ops();

// A row's values, in the order of job_columns.
using JobValues = std::vector<std::string>;

// The record as it is stored. An Error names the column, never the value: it may be a key.
Result<std::string> store_job_values(const csv::Header& header, const csv::Record& record);
JobValues read_job_values(std::string_view stored);

// The request that a row is.
struct JobRequest {
  const JobOp* op = nullptr;
  std::string subject;
  Json body;
};
Result<JobRequest> parse_job_row(const JobValues& values);

// What a row comes to.
struct JobOutcome {
  bool unchanged = false;
  store::Changes changes;  // empty when unchanged
  std::string remark;      // what the operator must know: nodes that are told by CLR
};
// Within a Decide: runs the handler of the row's route. An Error that the store made has code io, corrupt or
// unavailable; any other is the row's refusal.
Result<JobOutcome> run_job_row(store::Store& store, const Call& call, const JobValues& values);

// Rows of one transaction have different IMSIs, and one that changes a device has it for itself.
const std::string& job_imsi(const JobValues& values);
bool runs_alone(const JobValues& values);

}  // namespace simbiont::admin
