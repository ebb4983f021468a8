#include "cli/job_cli.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/job_commands.h"

namespace simbiont::cli {
namespace {

struct Parsed {
  JobOptions options;
  std::string id, file;
};

const CLI::Validator job_id(
    [](std::string& text) {
      const bool good =
          !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
      return good ? std::string() : std::string("not a job's id");
    },
    "");

}  // namespace

void add_job_commands(CLI::App& app, Run& run) {
  const auto p = std::make_shared<Parsed>();
  CLI::App* jobs = app.add_subcommand("job", "bulk operations from a CSV file, a result a row");
  jobs->require_subcommand(1);
  const auto verb = [&](const char* name, const char* help, const Run& command) {
    CLI::App* sub = jobs->add_subcommand(name, help);
    sub->callback([&run, command] { run = command; });
    return sub;
  };
  const auto with_id = [&](CLI::App* sub) { sub->add_option("ID", p->id)->required()->check(job_id); };
  CLI::App* sub =
      verb("run", "run one, and wait for its end", [p](Session& s) { return job_run(s, p->options); });
  sub->add_option("FILE", p->options.file)->required();
  sub->add_option("--name", p->options.name, "its name in listings (default the file's)");
  sub->add_flag("--dry-run", p->options.dry_run, "judge every row, change nothing");
  sub->add_flag("--again", p->options.again, "also the rows that an earlier job of this file did");
  sub->add_flag("--detach", p->options.detach, "do not wait");
  verb("list", "list all", job_list);
  with_id(verb("show", "how far one is", [p](Session& s) { return job_show(s, p->id); }));
  sub = verb("result", "its rows with their results, as CSV",
             [p](Session& s) { return job_result(s, p->id, p->file); });
  with_id(sub);
  sub->add_option("--out", p->file, "into this file");
  with_id(verb("resume", "go on with one that was interrupted",
               [p](Session& s) { return job_resume(s, p->id); }));
  with_id(verb("cancel", "leave the rows that wait", [p](Session& s) { return job_cancel(s, p->id); }));
}

}  // namespace simbiont::cli
