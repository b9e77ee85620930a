// atome distill: a small model that learns from a larger one's opinions.
#include <memory>

#include "native/commands/commands.h"
#include "native/train/training.h"

namespace atome::cli {

void add_distill(App& app) {
    auto c = std::make_shared<TrainCommand>();
    App command =
        app.add_subcommand("distill", "Train a model on text and on a larger model's opinion of it");
    command.add_option("--teacher", &c->teacher.model, "a trained model, routed or vanilla")
        .required()
        .type_name("MODEL");
    command.add_option("--cache", &c->teacher.cache, "where the teacher's probabilities are kept")
        .type_name("FILE")
        .default_str("beside --out");
    add_whole(command, "--cache-mb", &c->teacher.megabytes, 1, 1000, "the most that the cache may take");
    add_train_options(command, c.get());
    add_teacher_options(command, c.get());
    command.footer(
        "The loss is (1 - alpha) cross entropy + alpha temperature^2 KL(teacher || student). All the "
        "options\n"
        "of train are here too; --resume uses the same cache. The student's tokens are its teacher's.\n\n"
        "Example:\n  atome distill --teacher large.safetensors --data stories.txt --out small.safetensors");
    command.callback([c] { run_train(*c); });
}

}  // namespace atome::cli
