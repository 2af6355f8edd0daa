#include <fmt/format.h>

#include <set>

#include "proto/extended_json.h"
#include "sim/script/limits.h"
#include "sim/script/object_reader.h"
#include "sim/script/parse_groups.h"
#include "sim/script/parse_steps.h"
#include "sim/script/plain_schema.h"
#include "sim/script/scenario.h"

namespace syncline::sim {
namespace {

// A file's text, or its JSON.
std::string text_of(const Value& value) {
  const std::string* text = value.get_if<std::string>();
  return text != nullptr ? *text : print_extended_json(value, JsonForm::relaxed);
}

// A type's name, or an object with its query.
Status parse_node(const Value& value, const std::string& pointer, Scenario* scenario) {
  FleetNode node;
  ObjectReader read(value, pointer, "a node");
  node.name = read.text("name");
  if (node.name.empty() || node.name.size() > script::kNameBytesMax || node.name == kAuthorityName)
    read.wrong("name", "a short name other than \"authority\"");
  node.user = read.text("user", "");
  read.each("subscriptions", script::kSubscriptionsMax,
            [&](const Value& one, const std::string& at) -> Status {
              SYNCLINE_ASSIGN(FleetSubscription subscription, parse_subscription(one, at));
              node.subscriptions.push_back(std::move(subscription));
              return {};
            });
  node.skew_ms = read.duration("clock_ahead", 0);
  if (read.boolean("held", false)) scenario->held.push_back(node.name);
  SYNCLINE_TRY(read.done());
  scenario->nodes.push_back(std::move(node));
  return {};
}

// Names are unique, and every node has a user.
Status check(Scenario* scenario) {
  std::set<std::string> users;
  for (const FleetUser& user : scenario->users)
    if (!users.insert(user.id).second)
      return fail(ErrorCode::kBadData, fmt::format("/users: {} is there twice", user.id));
  std::set<std::string> names;
  for (FleetNode& node : scenario->nodes) {
    if (!names.insert(node.name).second)
      return fail(ErrorCode::kBadData, fmt::format("/nodes: {} is there twice", node.name));
    if (node.user.empty()) node.user = node.name;
    // A user of whom nothing is said but the name.
    if (users.insert(node.user).second) scenario->users.push_back({node.user, {}, {}});
  }
  return {};
}

}  // namespace

Result<FleetSubscription> parse_subscription(const Value& value, const std::string& pointer) {
  if (const std::string* type = value.get_if<std::string>())
    return FleetSubscription{*type, *type, ""};
  ObjectReader read(value, pointer, "a subscription: a type's name, or it");
  FleetSubscription subscription{read.text("name", ""), read.text("type"), read.text("query", "")};
  SYNCLINE_TRY(read.done());
  if (subscription.name.empty()) subscription.name = subscription.type;
  return subscription;
}

Result<ScenarioApp> parse_app(const Value& value, const std::string& pointer) {
  ScenarioApp app;
  ObjectReader read(value, pointer, "an app");
  app.directory = read.text("directory", "");
  const Value* types = read.value("types");
  const Document files = read.document("files");
  for (const DocumentField& file : files.fields) app.files[file.name] = text_of(file.value);
  SYNCLINE_TRY(read.done());
  if ((app.directory.empty() ? 0 : 1) + (types == nullptr ? 0 : 1) +
          (files.fields.empty() ? 0 : 1) !=
      1)
    return fail(ErrorCode::kBadData,
                fmt::format("{}: an app is one of directory, files, types", pointer));
  if (types != nullptr) {
    SYNCLINE_ASSIGN(app.files, app_of_plain_types(*types, read.at("types")));
  }
  return app;
}

Result<Scenario> parse_scenario(std::string_view text) {
  if (text.size() > script::kFileBytesMax)
    return fail(ErrorCode::kTooLarge, fmt::format("a scenario of {} bytes; at most {} are taken",
                                                  text.size(), script::kFileBytesMax));
  SYNCLINE_ASSIGN(const Value value, parse_extended_json(text));
  Scenario scenario;
  ObjectReader read(value, "", "a scenario");
  scenario.title = read.text("title", "");
  scenario.question = read.text("question", "");
  scenario.finding = read.text("finding", "");
  if (const Value* app = read.value("app"); app == nullptr) {
    read.wrong("app", "an app: {\"types\": [...]}, {\"files\": {...}} or {\"directory\": ...}");
  } else if (Result<ScenarioApp> parsed = parse_app(*app, read.at("app")); parsed) {
    scenario.app = std::move(*parsed);
  } else {
    read.take(std::unexpected(parsed.error()));
  }
  read.each("users", script::kUsersMax, [&](const Value& one, const std::string& at) -> Status {
    ObjectReader user(one, at, "a user");
    scenario.users.push_back(parse_user(&user));
    return user.done();
  });
  read.each("nodes", script::kNodesMax, [&](const Value& one, const std::string& at) {
    return parse_node(one, at, &scenario);
  });
  if (const Value* links = read.value("links"); links != nullptr && !links->is<Document>()) {
    read.wrong("links", "{NAME: LINK, ...}");
  } else if (links != nullptr) {
    ObjectReader each(*links, read.at("links"), "the links");
    for (const DocumentField& field : links->get<Document>().fields) {
      each.has(field.name);
      Result<Link> link = parse_link(field.name, field.value, each.at(field.name));
      if (!link) {
        read.take(std::unexpected(link.error()));
        break;
      }
      scenario.links.push_back(std::move(*link));
    }
  }
  read.each("groups", script::kNodesMax, [&](const Value& one, const std::string& at) {
    return parse_group(one, at, &scenario);
  });
  if (const Value* authority = read.value("authority")) {
    Result<AuthorityPlan> plan = parse_authority(*authority, read.at("authority"));
    if (plan) {
      scenario.authority = *plan;
    } else {
      read.take(std::unexpected(plan.error()));
    }
  }
  read.each("script", script::kStepsMax, [&](const Value& one, const std::string& at) -> Status {
    SYNCLINE_ASSIGN(Step step, parse_step(one, at));
    scenario.script.push_back(std::move(step));
    return {};
  });
  SYNCLINE_TRY(read.done());
  SYNCLINE_TRY(check(&scenario));
  return scenario;
}

}  // namespace syncline::sim
