#include "node/cli/schema_commands.h"

#include <CLI/CLI.hpp>

#include "node/cli/commands.h"
#include "node/cli/schema_changes.h"
#include "proto/utf8.h"

namespace syncline {

CLI::App* add_schema_commands(
    CLI::App* app,
    const std::function<CLI::App*(CLI::App*, const std::string&, const std::string&)>& command,
    const bool* json, SchemaOptions* options, std::function<Result<int>()>* run) {
  CLI::App* schema =
      app->add_subcommand("schema", "What objects are like, and should be; how that changes");
  schema->require_subcommand(1);

  CLI::App* sample = command(schema, "sample", "Infer an app's schemas from documents");
  SampleOptions* sampling = &options->sample;
  sample
      ->add_option("file", sampling->files,
                   "Documents, one a line; several files are several types; - is stdin")
      ->required();
  sample
      ->add_option_function<std::string>(
          "--title",
          [sampling](const std::string& title) {
            if (!is_utf8(title))
              throw CLI::ValidationError("--title",
                                         "this is not UTF-8 text, and everything here is");
            sampling->titles.push_back(title);
          },
          "The type's title (the file's name); once for each file, in their order")
      ->trigger_on_parse();
  sample->add_option("--sample", sampling->sample,
                     "Look at so many documents of each file, drawn at random (all)");
  sample->add_option("--seed", sampling->seed, "Draw others (0)");
  sample->add_option("--out", sampling->out, "The app's directory: a new one, or one to add to")
      ->required();
  sample->add_flag("--replace", sampling->replace, "Write over files that are there");
  sample->callback([=] {
    *run = [=] {
      sampling->json = *json;
      return sample_schema(*sampling);
    };
  });

  CLI::App* validate =
      command(schema, "validate", "Which documents violate a type's schema, and how");
  ValidateOptions* validation = &options->validate;
  validate->add_option("--app", validation->app, "The app's directory")->required();
  validate->add_option("--type", validation->type, "The type")->required();
  validate->add_option("--data", validation->data, "Documents, one a line; - is stdin")->required();
  validate->callback([=] {
    *run = [=] {
      validation->json = *json;
      return validate_documents(*validation);
    };
  });

  CLI::App* models =
      command(schema, "generate", "Object models of an app's types (docs/generated-models.md)");
  GenerateOptions* generating = &options->generate;
  add_generate_words(models, generating);
  models->callback([=] {
    *run = [=] {
      generating->json = *json;
      return generate_models(*generating, terminal());
    };
  });

  CLI::App* diff = command(
      schema, "diff", "How one schema differs from another; exit 1 if devices could not go on");
  DiffOptions* both = &options->diff;
  diff->add_option("old", both->before, "An app's directory, or a schema.json")->required();
  diff->add_option("new", both->after, "Likewise")->required();
  diff->callback(
      [=] { *run = [=] { return diff_schemas(both->before, both->after, *json, terminal()); }; });
  return schema;
}

}  // namespace syncline
