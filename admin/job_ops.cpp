#include "admin/job_ops.h"

#include <algorithm>

#include "admin/recorded.h"
#include "admin/router.h"

namespace simbiont::admin {
namespace {

constexpr std::array<JobField, 3> bind_fields{
    {{JobColumn::imei, true, true}, {JobColumn::mode}, {JobColumn::until}}};
constexpr std::array<JobField, 1> unbind_fields{{{JobColumn::imei, false, true}}};
constexpr std::array<JobField, 1> mode_fields{{{JobColumn::mode, true}}};
constexpr std::array<JobField, 1> use_fields{{{JobColumn::imei, true}}};
constexpr std::array<JobField, 3> rebind_fields{
    {{JobColumn::old, true}, {JobColumn::fresh, true}, {JobColumn::overlap}}};
constexpr std::array<JobField, 1> learn_fields{{{JobColumn::tac, false, true}}};
constexpr std::array<JobField, 1> policy_fields{{{JobColumn::policy, true}}};

constexpr std::array<JobOp, 11> ops{{
    {"bind", "POST", "/v1/bindings/{}/bind", JobColumn::imsi, bind_fields},
    {"unbind", "POST", "/v1/bindings/{}/unbind", JobColumn::imsi, unbind_fields},
    {"mode", "PUT", "/v1/bindings/{}/mode", JobColumn::imsi, mode_fields},
    {"use", "PUT", "/v1/bindings/{}/use", JobColumn::imsi, use_fields},
    {"rebind", "POST", "/v1/bindings/{}/rebind", JobColumn::imsi, rebind_fields},
    {"policy", "PUT", "/v1/bindings/{}/policy", JobColumn::imsi, policy_fields},
    {"learn", "POST", "/v1/bindings/{}/learn", JobColumn::imsi, learn_fields},
    {"relearn", "POST", "/v1/bindings/{}/relearn", JobColumn::imsi, {}},
    {"suspend", "POST", "/v1/bindings/{}/suspend", JobColumn::imsi, {}},
    {"resume", "POST", "/v1/bindings/{}/resume", JobColumn::imsi, {}},
    {"acknowledge", "POST", "/v1/bindings/{}/acknowledge", JobColumn::imsi, {}},
}};

constexpr std::size_t index(JobColumn column) { return static_cast<std::size_t>(column); }
constexpr std::string_view column_name(JobColumn column) { return job_columns[index(column)].name; }

Error malformed(std::string message) { return error(Errc::invalid_argument, std::move(message)); }

// What a value of a column may look like: short, so that no key fits, and without the comma of a record.
bool fits(JobColumn column, std::string_view value) {
  constexpr std::size_t longest_list = 400;
  const auto all_of = [&](std::string_view allowed) {
    return value.find_first_not_of(allowed) == value.npos;
  };
  switch (column) {
    case JobColumn::imsi:
      return value.size() <= 15 && all_of("0123456789");
    case JobColumn::imei:
      return value.size() <= longest_list && all_of("0123456789;");
    case JobColumn::tac:
      return value.size() <= longest_list && all_of("0123456789;-");
    case JobColumn::old:
    case JobColumn::fresh:
      return value.size() <= 16 && all_of("0123456789");
    case JobColumn::until:
      return value.size() <= 20 && (value == "never" || all_of("0123456789-:TZ"));
    case JobColumn::overlap:
      return value.size() <= 16 && all_of("0123456789dhms");
    case JobColumn::op:
    case JobColumn::mode:
    case JobColumn::policy:
      return value.size() <= 16 && all_of("abcdefghijklmnopqrstuvwxyz-");
  }
  return false;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

const JobOp* find_op(std::string_view name) {
  const auto* const found =
      std::find_if(ops.begin(), ops.end(), [&](const JobOp& op) { return op.name == name; });
  return found == ops.end() ? nullptr : found;
}

std::string known_ops() {
  std::string names;
  for (const JobOp& op : ops) names += (names.empty() ? "" : ", ") + std::string(op.name);
  return names;
}

bool takes(const JobOp& op, JobColumn column) {
  return column == JobColumn::op || column == op.subject ||
         std::any_of(op.fields.begin(), op.fields.end(),
                     [&](const JobField& f) { return f.column == column; });
}

// Without effect: the store holds what the changes would write, and nothing but their event would be new.
Result<bool> leaves_all_as_it_is(store::Store& store, const store::Changes& changes) {
  for (const store::Change& change : changes) {
    if (std::holds_alternative<store::AddEvent>(change)) continue;
    const auto* put = std::get_if<store::PutBinding>(&change);
    const auto* reported = std::get_if<store::SetReported>(&change);
    if (put == nullptr && reported == nullptr) return false;
    const auto state = store.subscriber(put != nullptr ? put->imsi : reported->imsi);
    if (!state) return state.error();
    if (!*state) return false;
    const binding::Binding& now = (*state)->binding;
    if (put != nullptr && !(put->binding == now)) return false;
    if (reported != nullptr && !(now.reported && now.reported->imei == reported->hint.imei)) return false;
  }
  return true;
}

// Devices of an unbind row that are not associated any more are where the row wants them; false when none is
// left to unbind.
Result<bool> drop_unbound(store::Store& store, const JobRequest& request, Json& body) {
  const auto given = texts(body, "imei");
  const auto imsi = Imsi::parse(request.subject);
  if (!given || given->empty() || !imsi) return true;
  const auto state = store.subscriber(*imsi);
  if (!state) return state.error();
  if (!*state) return true;
  Json left = Json::array();
  for (const std::string& digits : *given) {
    const auto imei = Imei::parse(digits);
    if (!imei) return true;
    const auto device = store.device(*imei);
    if (!device) return device.error();
    const auto& list = (*state)->binding.associations;
    const bool bound = std::any_of(list.begin(), list.end(), [&](const auto& a) { return a.imei == *imei; });
    if (bound || !*device) left.push_back(digits);
  }
  body["imei"] = left;
  return !left.empty();
}

// A row that another run of the same file has done already.
Result<bool> is_done(store::Store& store, const JobRequest& request) {
  const std::string_view op = request.op->name;
  const auto imsi = Imsi::parse(request.subject);
  if (!imsi) return false;
  const auto state = store.subscriber(*imsi);
  if (!state) return state.error();
  if (!*state) return false;
  const binding::Binding& now = (*state)->binding;
  const auto bound_to = [&](const char* field) {
    const auto imei = Imei::parse(request.body.value(field, ""));
    return imei &&
           std::ranges::find(now.associations, *imei, &binding::Association::imei) != now.associations.end();
  };
  if (op == "suspend") return now.suspended_at != 0;
  if (op == "resume") return now.suspended_at == 0;
  if (op == "acknowledge") return now.violated_at == 0;
  return op == "rebind" && bound_to("new") && !bound_to("old");
}

std::string remark_of(const Json& answer) {
  std::string remark;
  if (const auto hosts = answer.find("clr_to"); hosts != answer.end()) {
    for (const Json& host : *hosts) remark += (remark.empty() ? "CLR to " : " ") + host.get<std::string>();
  }
  if (answer.value("no_vectors", false))
    remark += std::string(remark.empty() ? "" : "; ") + "gets no vectors until bind or mode off";
  return remark;
}

}  // namespace

std::span<const JobOp> job_ops() { return ops; }

Result<std::string> store_job_values(const csv::Header& header, const csv::Record& record) {
  std::string stored;
  for (std::size_t i = 0; i < job_columns.size(); ++i) {
    const std::string_view value = header.get(record, i);
    if (!fits(static_cast<JobColumn>(i), value))
      return malformed("column " + std::string(job_columns[i].name) + " is malformed");
    if (i != 0) stored += ',';
    stored += value;
  }
  return stored;
}

JobValues read_job_values(std::string_view stored) {
  JobValues values = split(stored, ',');
  values.resize(job_columns.size());
  return values;
}

Result<JobRequest> parse_job_row(const JobValues& values) {
  JobRequest request;
  request.op = find_op(values[index(JobColumn::op)]);
  if (request.op == nullptr) return malformed("op is none of " + known_ops());
  const JobOp& op = *request.op;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].empty() && !takes(op, static_cast<JobColumn>(i)))
      return malformed("op " + std::string(op.name) + " takes no " + std::string(job_columns[i].name));
  }
  request.subject = values[index(op.subject)];
  if (request.subject.empty()) return malformed(std::string(column_name(op.subject)) + " is missing");
  request.body = Json::object();
  for (const JobField& field : op.fields) {
    const std::string name(column_name(field.column));
    const std::string& value = values[index(field.column)];
    if (value.empty() && field.required) return malformed(name + " is missing");
    if (value.empty()) continue;
    if (field.several) {
      request.body[name] = split(value, ';');
    } else {
      request.body[name] = value;
    }
  }
  return request;
}

Result<JobOutcome> run_job_row(store::Store& store, const Call& call, const JobValues& values) {
  auto request = parse_job_row(values);
  if (!request) return request.error();
  JobOutcome outcome;
  if (request->op->name == "unbind") {
    const auto left = drop_unbound(store, *request, request->body);
    if (!left) return left.error();
    outcome.unchanged = !*left;
    if (outcome.unchanged) return outcome;
  }
  const auto done = is_done(store, *request);
  if (!done) return done.error();
  outcome.unchanged = *done;
  if (outcome.unchanged) return outcome;
  const Route* route = route_of(request->op->method, request->op->pattern);
  if (route == nullptr) return error(Errc::refused, "this operation has no route");
  Recorded recorded(store, call.live);
  const std::map<std::string, std::string> no_query;
  Call row{recorded,  call.caller,   call.options,       call.imports, call.approvals,           call.jobs,
           call.sync, call.rollover, {request->subject}, no_query,     std::move(request->body), {}};
  // A job is an operator's: it does not reach what needs a custodian.
  const Role needed = route->role_of == nullptr ? route->role : route->role_of(row);
  if (needed != Role::operator_) return error(Errc::refused, "this needs a custodian, not a job");
  const auto answer = route->handler(row);
  if (!answer) return answer.error();
  outcome.changes = recorded.take();
  const auto idle = leaves_all_as_it_is(store, outcome.changes);
  if (!idle) return idle.error();
  outcome.unchanged = *idle;
  if (outcome.unchanged) {
    outcome.changes.clear();
  } else {
    outcome.remark = remark_of(*answer);
  }
  return outcome;
}

const std::string& job_imsi(const JobValues& values) { return values[index(JobColumn::imsi)]; }

bool runs_alone(const JobValues& values) {
  const JobOp* op = find_op(values[index(JobColumn::op)]);
  return op != nullptr && op->subject != JobColumn::imsi;
}

}  // namespace simbiont::admin
