#include "cli/custody_commands.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/output.h"

namespace simbiont::cli {
namespace {

void print_status(Json status, bool json) {
  if (json) return print_object(std::cout, status, true);
  const Json keys = status["data_keys"];
  status.erase("data_keys");
  print_object(std::cout, status, false);
  Listing listing(std::cout,
                  {{"data_key"}, {"purpose", 10}, {"state", 8}, {"open", 5}, {"sealed", 6}, {"kek"}}, false);
  listing.add(keys);
  listing.end();
}

}  // namespace

Status kek_status(Session& session) {
  auto status = session.call("GET", "/v1/kek");
  if (!status) return status.error();
  print_status(*std::move(status), session.json());
  return {};
}

Status kek_rotate(Session& session, const KekOptions& options) {
  Json body = Json::object();
  if (!options.kek.empty()) body["kek"] = options.kek;
  if (!options.subscriber_kek.empty()) body["subscriber_kek"] = options.subscriber_kek;
  auto status = session.call("POST", "/v1/kek/rotate", std::move(body));
  if (!status) return status.error();
  print_status(*std::move(status), session.json());
  return {};
}

void add_custody_commands(CLI::App& app, KekOptions& options, std::function<Status(Session&)>& run) {
  CLI::App* kek = app.add_subcommand("kek", "the keys that seal the store");
  kek->require_subcommand(1);
  kek->add_subcommand("status", "KEKs, data keys, what is sealed under each, the token")->callback([&run] {
    run = kek_status;
  });
  CLI::App* rotate =
      kek->add_subcommand("rotate", "new KEKs; everything is sealed anew while the HSS serves");
  rotate->callback([&run, &options] { run = [&options](Session& s) { return kek_rotate(s, options); }; });
  const CLI::IsMember places({"file", "pkcs11"});
  rotate
      ->add_option("--kek", options.kek,
                   "where K_MEs' new KEK is made: file, pkcs11 (default: [custody] kek)")
      ->check(places);
  rotate
      ->add_option("--subscriber-kek", options.subscriber_kek,
                   "that of K and OPc (default: [custody] subscriber_kek)")
      ->check(places);
}

}  // namespace simbiont::cli
