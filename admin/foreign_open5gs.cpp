// The collection `subscribers` of Open5GS, as mongoexport writes it: a JSON document a line, numbers plain or
// as {"$numberLong": "..."}.
#include <algorithm>
#include <array>
#include <optional>

#include "admin/foreign.h"
#include "admin/json.h"

namespace simbiont::admin {
namespace {

using Json = nlohmann::ordered_json;

struct Field {
  std::string_view name, reason;  // reason empty: nothing is lost
};
constexpr std::string_view profile = "the subscription profile is that of the configuration";

constexpr std::array<Field, 20> document_fields{{
    {"_id", ""},
    {"__v", ""},
    {"schema_version", ""},
    {"imsi", ""},
    {"msisdn", ""},
    {"security", ""},
    {"slice", ""},
    {"subscriber_status", ""},
    {"operator_determined_barring", "barring is not kept"},
    {"imeisv", "the network reports the device anew"},
    {"mme_host", "the node registers anew"},
    {"mme_realm", "the node registers anew"},
    {"mme_timestamp", ""},
    {"purge_flag", ""},
    {"ambr", profile},
    {"access_restriction_data", profile},
    {"network_access_mode", profile},
    {"subscribed_rau_tau_timer", profile},
    {"ue_usage_type", profile},
    {"roaming_allowed", profile},
}};
constexpr std::array<Field, 5> security_fields{
    {{"k", ""}, {"op", ""}, {"opc", ""}, {"amf", ""}, {"sqn", ""}}};
constexpr std::array<Field, 9> session_fields{{{"_id", ""},
                                               {"name", ""},
                                               {"type", "the PDN type is IPv4v6 or as the device asks"},
                                               {"ambr", profile},
                                               {"qos", profile},
                                               {"ue", "static addresses are not kept"},
                                               {"smf", "the gateway is chosen by the serving network"},
                                               {"pcc_rule", "charging rules are not kept"},
                                               {"lbo_roaming_allowed", profile}}};

// Brackets outside of strings; the parser itself knows no limit.
bool too_deep(std::string_view text) {
  unsigned depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_foreign_depth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

bool empty(const Json& value) {
  return value.is_null() || ((value.is_array() || value.is_object()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

// The digits of a number in either spelling; nullopt when it is none.
std::optional<std::string> number(const Json& value) {
  if (value.is_number_integer()) return value.dump();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const std::string& name = value.begin().key();
  if ((name != "$numberLong" && name != "$numberInt") || !value.begin()->is_string()) return std::nullopt;
  return value.begin()->get<std::string>();
}

struct Reader {
  Foreign& out;
  std::string imsi;

  void leave(const Json& object, std::string_view prefix, std::span<const Field> known) const {
    for (auto item = object.begin(); item != object.end(); ++item) {
      const std::string& name = item.key();
      const auto field =
          std::find_if(known.begin(), known.end(), [&](const Field& f) { return f.name == name; });
      const bool unknown = field == known.end();
      if (empty(item.value()) || (!unknown && field->reason.empty())) continue;
      out.leave(imsi, std::string(prefix) + name, unknown ? "unknown here" : field->reason);
    }
  }
};

struct Texts {
  std::string k, op, opc, amf, sqn, msisdn, apn;
  ~Texts() {
    for (std::string* secret : {&k, &op, &opc}) erase(*secret);
  }
};

// A text, written with or without spaces between groups of digits. false: of another type.
bool take_text(const Json& object, const char* name, std::string& into) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return true;
  if (!found->is_string()) return false;
  for (const char c : found->get_ref<const std::string&>())
    if (c != ' ') into.push_back(c);
  return true;
}

std::string take_security(const Json& document, const Reader& reader, Texts& texts) {
  const auto found = document.find("security");
  if (found == document.end() || !found->is_object()) return "security is missing";
  for (const auto& [name, into] :
       {std::pair{"k", &texts.k}, {"op", &texts.op}, {"opc", &texts.opc}, {"amf", &texts.amf}}) {
    into->reserve(64);
    if (!take_text(*found, name, *into)) return std::string("security.") + name + " is not a text";
  }
  if (const auto sqn = found->find("sqn"); sqn != found->end()) {
    const auto digits = number(*sqn);
    if (!digits) return "security.sqn is not a number";
    texts.sqn = *digits;
  }
  if (!texts.op.empty() && !texts.opc.empty()) {  // OPc wins there, too
    erase(texts.op);
    texts.op.clear();
    reader.out.leave(reader.imsi, "security.op", "OPc is there: OP is not needed");
  }
  reader.leave(*found, "security.", security_fields);
  return {};
}

void take_msisdns(const Json& document, const Reader& reader, Texts& texts) {
  const auto found = document.find("msisdn");
  if (found == document.end() || empty(*found)) return;
  const Json& first = found->is_array() ? found->front() : *found;
  if (first.is_string())
    texts.msisdn = first.get<std::string>();
  else
    reader.out.leave(reader.imsi, "msisdn", "it is not a text");
  if (found->is_array() && found->size() > 1)
    reader.out.leave(reader.imsi, "msisdn", "only the first of several is kept");
}

std::string take_session(const Json& session, const Reader& reader, std::vector<std::string>& apns) {
  const auto name = session.find("name");
  if (name == session.end() || !name->is_string()) return "a session has no name";
  reader.leave(session, "session.", session_fields);
  const std::string& apn = name->get_ref<const std::string&>();
  if (std::find(apns.begin(), apns.end(), apn) != apns.end()) return {};
  if (apn.find(';') != std::string::npos) return "a session's name is no APN";
  apns.push_back(apn);
  return {};
}

std::string take_slices(const Json& document, const Reader& reader, Texts& texts) {
  const auto found = document.find("slice");
  if (found == document.end() || empty(*found)) return {};
  if (!found->is_array()) return "slice is not an array";
  std::vector<std::string> apns;
  for (const Json& slice : *found) {
    if (!slice.is_object()) return "a slice is not an object";
    reader.out.leave(reader.imsi, "slice", "slices are not kept, only the APNs of their sessions");
    const auto sessions = slice.find("session");
    if (sessions == slice.end() || empty(*sessions)) continue;
    if (!sessions->is_array()) return "slice.session is not an array";
    for (const Json& session : *sessions) {
      if (!session.is_object()) return "a session is not an object";
      if (auto wrong = take_session(session, reader, apns); !wrong.empty()) return wrong;
    }
  }
  for (const std::string& apn : apns) texts.apn += (texts.apn.empty() ? "" : ";") + apn;
  return {};
}

std::string take_document(std::uint64_t line, const Json& document, Foreign& out) {
  const auto imsi = document.find("imsi");
  if (imsi == document.end() || !imsi->is_string()) return "imsi is missing";
  const Reader reader{out, imsi->get<std::string>()};
  const auto status = document.find("subscriber_status");
  if (status != document.end() && number(*status) != "0") {
    out.leave(reader.imsi, "subscriber", "it is barred there, and barring is not kept");
    return {};
  }
  Texts texts;
  if (auto wrong = take_security(document, reader, texts); !wrong.empty()) return wrong;
  take_msisdns(document, reader, texts);
  if (auto wrong = take_slices(document, reader, texts); !wrong.empty()) return wrong;
  reader.leave(document, "", document_fields);
  out.add(line,
          {reader.imsi, texts.k, texts.op, texts.opc, texts.amf, "", texts.sqn, texts.msisdn, texts.apn});
  return {};
}

}  // namespace

void read_open5gs_line(std::uint64_t line, std::string_view text, Foreign& out) {
  if (too_deep(text)) return out.complain(line, "the document is nested too deep");
  Json document = Json::parse(text, nullptr, false);
  std::string wrong;
  if (!document.is_object())
    wrong = "this is not a JSON document in one line";
  else
    wrong = take_document(line, document, out);
  erase(document);
  if (!wrong.empty()) out.complain(line, std::move(wrong));
}

}  // namespace simbiont::admin
