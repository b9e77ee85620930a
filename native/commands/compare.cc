// atome compare: rows of a table, each trained with several seeds.
#include "native/compare/compare.h"

#include <memory>

#include "native/cli/options.h"
#include "native/commands/commands.h"
#include "native/compare/sweep.h"

namespace atome::cli {

void add_compare(App& app) {
    auto o = std::make_shared<CompareOptions>();
    App command = app.add_subcommand("compare", "Train rows of a table with several seeds each");
    command.add_option("SWEEP", &o->sweep, "the file that says what to compare").required().type_name("FILE");
    command.add_option("--out", &o->out, "folder of the results; what is finished there is not run again")
        .required()
        .type_name("DIR");
    add_whole(command, "--jobs", &o->at_once, 1, 1024, "how many at once, each with one thread")
        .default_str("one a core");
    Option job = add_whole(command, "--job", &o->job, 0, 100'000'000, "run this one and no other");
    Option expand =
        command.add_option("--expand", &o->expand, "print the jobs for another scheduler: slurm or parallel")
            .one_of({"slurm", "parallel"})
            .type_name("NAME");
    Option gather = command.add_flag("--gather", &o->gather, "run nothing: make the table of what is there");
    job.excludes(expand).excludes(gather);
    expand.excludes(gather);
    add_json(command, &o->json);
    command.footer(
        R"(Each row and seed is a job. Jobs save themselves as they go: after Ctrl-C, a crash or a power cut the
same command continues. When the sweep file has changed, only what is new is run.
DIR/results.md is the table: mean and deviation over the seeds, the difference to the baseline seed
by seed with its 95 % interval, parameters, flash, seconds. DIR/results.json has every run.

A sweep file:
)" + std::string(kSweepExample) +
        R"(
Example:
  atome compare sweep.json --out results
  atome compare sweep.json --out results --expand parallel | parallel -j 8
  atome compare sweep.json --out results --expand slurm | sbatch
  atome compare sweep.json --out results --gather)");
    command.callback([o] { compare(*o); });
}

}  // namespace atome::cli
