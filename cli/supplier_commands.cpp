#include "cli/supplier_commands.h"

#include <memory>

#include "cli/suppliers.h"

namespace simbiont::cli {
namespace {

// A name becomes a part of a path: these characters only, or the path would be another.
const CLI::Validator name_check(
    [](std::string& text) {
      const bool good = !text.empty() && text.find_first_not_of(
                                             "0123456789abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ._:-") == std::string::npos;
      return good ? std::string() : std::string("not an identity");
    },
    "");

template <class Options, class Run>
CLI::App* add_verb(CLI::App* above, const char* name, const char* help, const Chosen& chosen,
                   const std::shared_ptr<Options>& options, Run run) {
  CLI::App* sub = above->add_subcommand(name, help);
  sub->callback([chosen, options, run] {
    chosen([options, run](Session& session) { return run(session, *options); });
  });
  return sub;
}

void add_supplier_noun(CLI::App& app, const Chosen& chosen) {
  CLI::App* noun = app.add_subcommand("supplier", "those who hand over keys in signed batches");
  noun->require_subcommand(1);
  const auto options = std::make_shared<SupplierOptions>();
  CLI::App* add = add_verb(noun, "add", "register one", chosen, options, supplier_add);
  add->add_option("NAME", options->name)->required()->check(name_check);
  add->add_option("--kind", options->kind, "devices (default) or sims: whose keys it hands over")
      ->check(CLI::IsMember({"devices", "sims"}));
  add->add_option("--key", options->key, "FILE: its public key, Ed25519 or P-256, that verifies its batches");
  add->add_option("--transport-key", options->transport_key,
                  "the AES-256 key that wraps the keys in its batches: @FILE or -");
  add->add_option("--kme-prefix", options->kme_prefix, "how the ids of its KMEs begin");
  add->add_option("--tac", options->tacs, "devices: the TACs that it may name, A-B[,C]...")
      ->allow_extra_args(false);
  add->add_option("--imsi", options->imsis, "sims: how the IMSIs that it may name begin, P[,Q]...")
      ->allow_extra_args(false);
  add->add_option("--export-key", options->export_key,
                  "FILE: its RSA public key, which exports are encrypted to");
  const auto show = add_verb(noun, "show", "show one", chosen, options,
                             [](Session& s, const SupplierOptions& o) { return supplier_show(s, o.name); });
  show->add_option("NAME", options->name)->required()->check(name_check);
  add_verb(noun, "list", "list all", chosen, options,
           [](Session& s, const SupplierOptions&) { return supplier_list(s); });
  const auto remove =
      add_verb(noun, "remove", "remove one; the keys that it handed over stay", chosen, options,
               [](Session& s, const SupplierOptions& o) { return supplier_remove(s, o.name); });
  remove->add_option("NAME", options->name)->required()->check(name_check);
}

void add_import(CLI::App& app, const char* noun, const char* kind, const char* help, const Chosen& chosen) {
  const auto options = std::make_shared<BatchOptions>();
  options->kind = kind;
  CLI::App* sub = add_verb(app.get_subcommand(noun), "import", help, chosen, options, import_batch);
  sub->add_option("FILE", options->file)->required();
  sub->add_option("--signature", options->signature, "FILE: the supplier's signature over FILE")->required();
  sub->add_option("--supplier", options->supplier, "whose batch it is")->required();
  sub->add_flag("--resume", options->resume, "pass over rows that stand in the store exactly so");
}

void add_export(CLI::App& app, const Chosen& chosen) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* sub = add_verb(app.get_subcommand("kme"), "export", "wrap K_MEs for a supplier's public key",
                           chosen, options, export_kmes);
  sub->add_option("ID", options->ids)->required()->check(name_check);
  sub->add_option("--for", options->supplier, "the supplier that is to read them")
      ->required()
      ->check(name_check);
  sub->add_option("--epoch", options->epoch, "this epoch of each (default: the ACTIVE one)")
      ->check(CLI::PositiveNumber);
  sub->add_option("--out", options->out, "FILE to write, which must not exist (default: standard output)");
}

// The supplier's side; no store is opened.
void add_batch_noun(CLI::App& app, const Chosen& chosen) {
  CLI::App* noun = app.add_subcommand("batch", "for suppliers: signed batches of wrapped keys");
  noun->require_subcommand(1);
  const auto options = std::make_shared<BatchMakeOptions>();
  CLI::App* make =
      add_verb(noun, "make", "wrap and sign the plain keys of a CSV file", chosen, options, batch_make);
  make->add_option("FILE", options->plain, "mode 0600 or stricter; - for standard input")->required();
  make->add_option("--kind", options->kind, "devices (default) or sims")
      ->check(CLI::IsMember({"devices", "sims"}));
  make->add_option("--transport-key", options->transport_key,
                   "the AES-256 key agreed with the operator: @FILE or -")
      ->required();
  make->add_option("--sign-key", options->sign_key, "FILE: an Ed25519 or P-256 private key, PEM")->required();
  make->add_option("--wrap", options->wrap, "aes-kw (default, RFC 3394), aes-kwp (RFC 5649)")
      ->check(CLI::IsMember({"aes-kw", "aes-kwp"}));
  make->add_option("--out", options->out, "FILE to write; its signature goes to FILE.sig")->required();
}

}  // namespace

void add_supplier_commands(CLI::App& app, const Chosen& chosen) {
  add_supplier_noun(app, chosen);
  add_import(app, "kme", "devices", "import a supplier's signed batch of wrapped K_MEs and their devices",
             chosen);
  add_import(app, "subscriber", "sims", "import a SIM vendor's signed batch of wrapped K and OPc", chosen);
  add_export(app, chosen);
  add_batch_noun(app, chosen);
}

}  // namespace simbiont::cli
