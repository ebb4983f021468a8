#include "cli/epoch_commands.h"

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/key_input.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

// What the parser fills; the commands share it.
struct Parsed {
  std::string id, epoch, imei, proof;
  std::optional<std::string> key, from;
  bool generate = false, force = false;
};
using Args = std::shared_ptr<Parsed>;

const CLI::Validator identity(
    [](std::string& text) {
      const bool good = !text.empty() && text.find_first_not_of(
                                             "0123456789abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ._:-") == std::string::npos;
      return good ? std::string() : std::string("not an identity");
    },
    "");

using Command = Status (*)(Session&, const Parsed&);

CLI::App* verb(CLI::App& noun, const char* name, const char* help, Run& run, const Args& args,
               Command command) {
  CLI::App* sub = noun.add_subcommand(name, help);
  sub->callback([&run, args, command] { run = [args, command](Session& s) { return command(s, *args); }; });
  return sub;
}

void positional(CLI::App* sub, const char* name, std::string& value) {
  sub->add_option(name, value)->required()->check(identity);
}

std::string path_of(const Parsed& p, const std::string& what) { return "/v1/kmes/" + p.id + what; }

Status stage(Session& session, const Parsed& p) {
  Json body = Json::object();
  if (p.generate) body["generate"] = true;
  if (p.from) body["from"] = *p.from;
  if (p.key) {
    const auto key = read_key(*p.key, std::cin);
    if (!key) return key.error();
    body["key"] = *key;
  }
  const auto staged = session.call("POST", path_of(p, "/stage"), std::move(body));
  if (!staged) return staged.error();
  if (session.json()) {
    print_object(std::cout, *staged, true);
    return {};
  }
  std::cout << "KME " << p.id << " epoch " << cell((*staged)["epoch"]) << " is STAGED, key check value "
            << cell((*staged)["kcv"]) << '\n';
  return {};
}

Status challenge(Session& session, const Parsed& p) {
  const auto fresh =
      session.call("POST", path_of(p, "/epochs/" + p.epoch + "/challenges/" + p.imei), Json::object());
  if (!fresh) return fresh.error();
  if (session.json()) {
    print_object(std::cout, *fresh, true);
  } else {
    std::cout << cell((*fresh)["challenge"]) << '\n';  // as `simbiont-me confirm` takes it
  }
  return {};
}

Status confirm(Session& session, const Parsed& p) {
  const auto confirmed = session.call("POST", path_of(p, "/epochs/" + p.epoch + "/confirmations/" + p.imei),
                                      Json{{"proof", p.proof}});
  if (!confirmed) return confirmed.error();
  if (session.json()) {
    print_object(std::cout, *confirmed, true);
  } else {
    std::cout << "device " << cell((*confirmed)["imei"]) << " has confirmed epoch "
              << cell((*confirmed)["epoch"]) << '\n';
  }
  return {};
}

// What was done in a sentence, and that a running HSS goes on with what it has begun.
Status tell(Session& session, const Result<Json>& done, const std::string& sentence) {
  if (!done) return done.error();
  if (session.json()) {
    print_object(std::cout, *done, true);
    return {};
  }
  std::cout << sentence << '\n';
  if (!done->value("finished", true)) std::cout << "the HSS goes on with it: `kme status`\n";
  if (done->value("retired", false)) std::cout << "nobody needs the epoch before it: it is RETIRED\n";
  return {};
}

Status activate(Session& session, const Parsed& p) {
  const auto done = session.call("POST", path_of(p, "/activate"), Json::object());
  if (!done) return done.error();
  return tell(session, done,
              "KME " + p.id + " epoch " + cell((*done)["epoch"]) +
                  " is ACTIVE; IMSIs moved to it: " + cell((*done)["moved"]));
}

Status retire(Session& session, const Parsed& p) {
  const auto done = session.call("POST", path_of(p, "/retire"), Json{{"force", p.force}});
  if (!done) return done.error();
  const bool any = !(*done)["epoch"].is_null();
  return tell(session, done,
              any ? "KME " + p.id + " epoch " + cell((*done)["epoch"]) + " is RETIRED"
                  : "KME " + p.id + " has no RETIRING epoch");
}

Status revoke(Session& session, const Parsed& p) {
  return tell(session, session.call("POST", path_of(p, "/epochs/" + p.epoch + "/revoke"), Json::object()),
              "KME " + p.id + " epoch " + p.epoch + " is REVOKED");
}

std::string bar(std::uint64_t part, std::uint64_t whole) {
  constexpr std::uint64_t width = 30;
  const std::uint64_t full = whole == 0 ? 0 : std::min(part, whole) * width / whole;
  return '[' + std::string(full, '#') + std::string(width - full, '.') + ']';
}

void print_progress(const Json& status) {
  const auto count = [&](const char* name) { return status.value(name, std::uint64_t{0}); };
  std::cout << "KME " << cell(status["id"]) << "  staged " << cell(status["staged"]) << "  active "
            << cell(status["active"]) << "  retiring " << cell(status["retiring"]) << '\n';
  if (status["goal"].is_null()) return;
  std::cout << "epoch " << cell(status["goal"]) << "  " << bar(count("confirmed"), count("devices")) << "  "
            << count("confirmed") << " of " << count("devices") << " devices have confirmed, "
            << count("moved") << " of " << count("imsis") << " IMSIs have moved\n";
}

// Page by page: the devices that lag may be many.
Status kme_status(Session& session, const Parsed& p) {
  Json whole;
  Listing listing(
      std::cout,
      {{"imei", 15}, {"imsis", 5}, {"last_seen", 20}, {"evidence", 20}, {"challenged"}, {"refused_proofs"}},
      false);
  for (std::string after;;) {
    Query query{{"limit", "1000"}};
    if (!after.empty()) query.emplace("after", after);
    auto page = session.call("GET", path_of(p, "/status"), nullptr, std::move(query));
    if (!page) return page.error();
    const Json items = std::move((*page)["items"]);
    after = cell((*page)["next"]) == "-" ? "" : cell((*page)["next"]);
    if (whole.is_null()) {
      whole = *page;
      whole.erase("next");
      whole["lagging"] = Json::array();
      if (!session.json()) print_progress(whole);
    }
    if (!session.json()) listing.add(items);
    if (session.json()) whole["lagging"].insert(whole["lagging"].end(), items.begin(), items.end());
    if (after.empty()) break;
  }
  whole.erase("items");
  if (session.json()) print_object(std::cout, whole, true);
  return {};
}

Status transfer(Session& session, const Parsed& p) {
  const auto done = session.call("POST", "/v1/devices/" + p.imei + "/transfer", Json::object());
  if (!done) return done.error();
  const Json& answer = *done;
  if (session.json()) {
    print_object(std::cout, answer, true);
  } else {
    std::cout << "device " << cell(answer["imei"])
              << " is transferred; `device receipts` keeps what it had\n";
    if (answer["kme_retired"] == true)
      std::cout << "it was the last device of KME " << cell(answer["kme"]) << ", which is retired\n";
    if (!answer["staged"].is_null())
      std::cout << "KME " << cell(answer["kme"]) << " epoch " << cell(answer["staged"])
                << " is STAGED for its other devices: roll over, then revoke the epochs that it knows\n";
  }
  tell_clrs(answer, "may hold vectors of its IMSIs: a CLR with re-attach goes to it");
  for (const Json& imsi : answer["without_vectors"])
    std::cerr << "IMSI " << cell(imsi)
              << " is in mode enforce and has no device: it gets no vectors until bind or mode off\n";
  return {};
}

Status receipts(Session& session, const Parsed&) {
  Listing listing(std::cout, {{"time", 20}, {"imei", 15}, {"kme", 8}, {"epochs"}, {"imsis"}}, session.json());
  Status done = session.pages("/v1/receipts", [&](const Json& items) {
    listing.add(items);
    return std::cout.good();
  });
  if (done.ok()) listing.end();
  return done;
}

void add_stage(CLI::App& kmes, Run& run, const Args& args) {
  CLI::App* sub = verb(kmes, "stage", "a new epoch of one", run, args, stage);
  positional(sub, "ID", args->id);
  auto* key = sub->add_option("--key", args->key, "K_ME: hexadecimal digits, @FILE or -");
  auto* generate = sub->add_flag("--generate", args->generate, "a key from the system's random numbers");
  auto* from = sub->add_option("--from", args->from, "the key of an older epoch: a roll-over taken back");
  key->excludes(generate)->excludes(from);
  generate->excludes(from);
  sub->parse_complete_callback([sub] {
    if (sub->count("--key") + sub->count("--generate") + sub->count("--from") == 0)
      throw CLI::RequiredError("--key, --generate or --from");
  });
}

void add_turns(CLI::App& kmes, Run& run, const Args& args) {
  CLI::App* sub = verb(kmes, "activate", "the STAGED epoch becomes the ACTIVE one", run, args, activate);
  positional(sub, "ID", args->id);
  sub = verb(kmes, "retire", "end the RETIRING epoch, which nobody may need any more", run, args, retire);
  positional(sub, "ID", args->id);
  sub->add_flag("--force", args->force, "cut off who still needs it");
  sub = verb(kmes, "revoke", "end an epoch at once: its key is known to others", run, args, revoke);
  positional(sub, "ID", args->id);
  positional(sub, "EPOCH", args->epoch);
  positional(verb(kmes, "status", "how far a roll-over is, and which devices lag", run, args, kme_status),
             "ID", args->id);
}

}  // namespace

void add_epoch_commands(CLI::App& kmes, CLI::App& devices, Run& run) {
  const auto args = std::make_shared<Parsed>();
  add_turns(kmes, run, args);
  positional(
      verb(devices, "transfer", "it gets another owner: out, and a receipt stays", run, args, transfer),
      "IMEI", args->imei);
  verb(devices, "receipts", "the devices that were transferred", run, args, receipts);
  add_stage(kmes, run, args);
  CLI::App* sub =
      verb(kmes, "challenge", "ask a device to prove that it holds an epoch", run, args, challenge);
  positional(sub, "ID", args->id);
  positional(sub, "EPOCH", args->epoch);
  positional(sub, "IMEI", args->imei);
  sub = verb(kmes, "confirm", "take a device's proof", run, args, confirm);
  positional(sub, "ID", args->id);
  positional(sub, "EPOCH", args->epoch);
  positional(sub, "IMEI", args->imei);
  sub->add_option("--proof", args->proof, "32 hexadecimal digits, from the device")
      ->required()
      ->check(identity);
}

}  // namespace simbiont::cli
