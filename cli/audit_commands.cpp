#include "cli/audit_commands.h"

#include <iostream>
#include <memory>
#include <string>

#include "base/clock.h"
#include "cli/output.h"
#include "cli/time_argument.h"

namespace simbiont::cli {
namespace {

using Run = std::function<Status(Session&)>;

struct Options {
  std::string since, head, id;
};

CLI::App* noun(CLI::App& app, const char* name, const char* help) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->require_subcommand(1);
  return sub;
}

CLI::App* verb(CLI::App& above, Run& run, const char* name, const char* help, const Run& what) {
  CLI::App* sub = above.add_subcommand(name, help);
  sub->callback([&run, what] { run = what; });
  return sub;
}

void number(CLI::App* sub, std::string& id) {
  sub->add_option("ID", id)->required()->check(CLI::Validator(
      [](std::string& text) {
        return text.find_first_not_of("0123456789") == text.npos ? std::string()
                                                                 : std::string("not a number");
      },
      ""));
}

Status print(Session& session, const Result<Json>& answer) {
  if (!answer) return answer.error();
  print_object(std::cout, *answer, session.json());
  return {};
}

Status audit_list(Session& session, const std::string& since) {
  const auto from = since_ms(since);
  if (!from) return from.error();
  Listing listing(std::cout,
                  {{"id", 4},
                   {"time", 20},
                   {"user", 8},
                   {"via", 7},
                   {"outcome", 7},
                   {"second"},
                   {"action"},
                   {"arguments"}},
                  session.json());
  Query query;
  if (*from != 0) query.emplace("since", std::to_string(*from));
  const Status done = session.pages(
      "/v1/audit",
      [&](const Json& items) {
        listing.add(items);
        return true;
      },
      "", query);
  listing.end();
  return done;
}

Status audit_verify(Session& session, const std::string& head) {
  Query query;
  if (!head.empty()) query.emplace("head", head);
  return print(session, session.call("GET", "/v1/audit/verify", nullptr, std::move(query)));
}

Status audit_head(Session& session) { return print(session, session.call("GET", "/v1/audit/head")); }

Status approvals_list(Session& session) {
  Listing listing(std::cout,
                  {{"id", 3},
                   {"state", 8},
                   {"asked_by", 16},
                   {"expires", 20},
                   {"decided_by"},
                   {"request"},
                   {"arguments"}},
                  session.json());
  const Status done = session.pages("/v1/approvals", [&](const Json& items) {
    listing.add(items);
    return true;
  });
  listing.end();
  return done;
}

Status approvals_show(Session& session, const std::string& id) {
  return print(session, session.call("GET", "/v1/approvals/" + id));
}

Status decide(Session& session, const std::string& id, const char* how) {
  return print(session, session.call("POST", "/v1/approvals/" + id + "/" + how, Json::object()));
}

}  // namespace

void add_audit_commands(CLI::App& app, Run& run) {
  const auto o = std::make_shared<Options>();
  CLI::App* audit = noun(app, "audit", "the log of who did what, chained by hashes");
  verb(*audit, run, "list", "every change: who, what, when", [o](Session& s) {
    return audit_list(s, o->since);
  })->add_option("--since", o->since, "from then on: 2026-01-31T12:00:00Z, or 90m, 36h, 7d ago");
  verb(*audit, run, "verify", "find any edit, removal or reordering", [o](Session& s) {
    return audit_verify(s, o->head);
  })->add_option("--head", o->head, "a head that was noted: it must still be in the chain");
  verb(*audit, run, "head", "what to note down elsewhere: number of entries, last hash", audit_head);

  CLI::App* approvals = noun(app, "approvals", "what waits for a second custodian");
  verb(*approvals, run, "list", "list all", approvals_list);
  number(verb(*approvals, run, "show", "show one", [o](Session& s) { return approvals_show(s, o->id); }),
         o->id);
  number(verb(app, run, "approve", "do what another custodian asked for",
              [o](Session& s) { return decide(s, o->id, "approve"); }),
         o->id);
  number(verb(app, run, "deny", "refuse it, or withdraw one's own",
              [o](Session& s) { return decide(s, o->id, "deny"); }),
         o->id);
}

}  // namespace simbiont::cli
