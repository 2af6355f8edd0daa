#include "node/access/policy.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "tests/node/access/app_fixture.h"

namespace syncline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TypeAccess alert_access(const std::string& roles, const User& user = user_of("u"),
                        RolesWithoutFilters setting = RolesWithoutFilters::deny) {
  const auto policy = compiled(alert_app(roles), setting);
  return policy ? policy->access_of(user).of(kAlert) : TypeAccess();
}

TypeAccess with_role(const std::string& rest) { return alert_access(role_text("r", rest)); }

// ---- which role ----

constexpr const char* kTwoRoles = R"([
  {"name": "manager", "apply_when": {"%%user.custom_data.role": "manager"},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true},
  {"name": "everyone", "apply_when": {}, "document_filters": {"read": true, "write": false}, "read": true}])";

TEST(Policy, TakesTheFirstRoleThatApplies) {
  EXPECT_EQ(alert_access(kTwoRoles, user_of("a", {{"role", "manager"}})).role, "manager");
  EXPECT_EQ(alert_access(kTwoRoles, user_of("b", {{"role", "clerk"}})).role, "everyone");
  EXPECT_EQ(alert_access(kTwoRoles, user_of("c")).role, "everyone");
  const TypeAccess access = alert_access(kTwoRoles, user_of("c"));
  EXPECT_EQ(access.file, kRulesFile);
  EXPECT_EQ(access.pointer, "/roles/1");
}

TEST(Policy, TriesNoLaterRoleWhenTheFirstGrantsNothing) {
  const TypeAccess access = alert_access(R"([
    {"name": "first", "apply_when": {}, "read": true, "write": true},
    {"name": "second", "apply_when": {}, "document_filters": {"read": true, "write": true}, "read": true, "write": true}])");
  EXPECT_EQ(access.role, "first");
  EXPECT_FALSE(access.read);
  EXPECT_FALSE(access.write);
  EXPECT_THAT(access.why_none, AllOf(HasSubstr("\"first\" has no document_filters"),
                                     HasSubstr("rules.json#/roles/0")));
}

TEST(Policy, DeniesWhenNoRoleApplies) {
  const TypeAccess access = alert_access(
      R"([{"name": "staff", "apply_when": {"%%user.custom_data.staff": true},
           "document_filters": {"read": true, "write": true}, "write": true}])");
  EXPECT_EQ(access.role, "");
  EXPECT_FALSE(access.read || access.write || access.insert || access.remove);
  EXPECT_TRUE(access.readable.empty());
  EXPECT_THAT(access.why_none,
              HasSubstr("no role in data_sources/mongodb-atlas/cold/alerts/rules.json applies"));
}

TEST(Policy, DoesNotFallBackFromCollectionRolesToDefaultRoles) {
  const auto policy = compiled(alert_app(
      R"([{"name": "staff", "apply_when": {"%%user.custom_data.staff": true},
           "document_filters": {"read": true, "write": true}, "write": true}])",
      R"([{"name": "everyone", "apply_when": {}, "document_filters": {"read": true, "write": true}, "write": true}])"));
  const Access bob = policy->access_of(user_of("bob"));
  EXPECT_FALSE(bob.of(kAlert).read);
  EXPECT_EQ(bob.of(kNote).role, "everyone");
  EXPECT_EQ(bob.of(kNote).file, kDefaultFile);
  EXPECT_EQ(policy->access_of(user_of("ann", {{"staff", true}})).of(kAlert).role, "staff");
}

TEST(Policy, UsesDefaultRolesWhereACollectionHasNone) {
  const auto policy = compiled(alert_app(
      "[]",
      R"([{"name": "everyone", "apply_when": {}, "document_filters": {"read": true, "write": true}, "write": true}])"));
  EXPECT_EQ(policy->access_of(user_of("bob")).of(kAlert).role, "everyone");
}

TEST(Policy, DeniesWithoutAnyRoles) {
  const auto policy = compiled(alert_app("[]"));
  EXPECT_THAT(policy->access_of(user_of("bob")).of(kAlert).why_none,
              HasSubstr("collection cold.alerts has no roles"));
}

TEST(Policy, CoversEveryTypeThatIsNotEmbedded) {
  const auto policy = compiled(alert_app(kTwoRoles));
  const Access access = policy->access_of(user_of("a", {{"role", "manager"}}));
  EXPECT_TRUE(access.types.contains(kAlert.value));
  EXPECT_TRUE(access.types.contains(kNote.value));
  EXPECT_FALSE(access.types.contains(kPlace.value));
  EXPECT_EQ(access.of(kPlace).why_none, "the app has no such type");
}

TEST(Policy, DeniesSystemTypesWhateverTheRole) {
  const auto policy = compiled(alert_app(kTwoRoles, kTwoRoles));
  const Access access = policy->access_of(user_of("a", {{"role", "manager"}}));
  for (const TypeDef& type : system_types()) {
    const TypeAccess& of = access.of(type.number);
    EXPECT_FALSE(of.read || of.write || of.insert || of.remove) << type.name;
    EXPECT_THAT(of.why_none, HasSubstr("system type"));
  }
}

TEST(Policy, AllowsEverythingToTheAuthorityItself) {
  const Access access = Access::everything(alert_schema());
  for (const TypeNumber type : {kAlert, system_type::kUser, system_type::kSubscription}) {
    EXPECT_TRUE(access.of(type).read && access.of(type).write && access.of(type).insert &&
                access.of(type).remove);
    EXPECT_TRUE(access.of(type).readable.least().all && access.of(type).writable.least().all);
  }
  EXPECT_FALSE(access.types.contains(kPlace.value));
}

// ---- what a role grants ----

TEST(Policy, WriteImpliesRead) {
  EXPECT_TRUE(with_role(R"("write": true)").readable.least().all);
  EXPECT_TRUE(with_role(R"("read": false, "write": true)").readable.least().all);
  const TypeAccess filtered = alert_access(
      R"([{"name": "r", "apply_when": {}, "document_filters": {"read": false, "write": true}, "write": true}])");
  EXPECT_TRUE(filtered.read && filtered.write);
}

TEST(Policy, NeedsBothTheFilterAndThePermission) {
  const auto filters = [](const char* read, const char* write) {
    return alert_access(
        std::string(
            R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "document_filters": {"read": )") +
        read + R"(, "write": )" + write + "}}]");
  };
  EXPECT_TRUE(filters("true", "false").read);
  EXPECT_FALSE(filters("true", "false").write);
  EXPECT_FALSE(filters("true", "false").insert);
  EXPECT_FALSE(filters("true", "false").remove);
  EXPECT_FALSE(filters("false", "false").read);
  EXPECT_THAT(filters("false", "false").why_none, HasSubstr("role \"r\" grants this user nothing"));
  EXPECT_TRUE(filters("{}", "{}").write);
  EXPECT_TRUE(filters(R"({"%%true": true})", R"({"%%true": true})").write);
  EXPECT_FALSE(filters("true", R"({"%%false": true})").write);
  EXPECT_FALSE(with_role(R"("read": true)").write);
  EXPECT_FALSE(with_role(R"("search": true)").read);
}

TEST(Policy, InsertAndDeleteDefaultToTrue) {
  EXPECT_TRUE(with_role(R"("write": true)").insert);
  EXPECT_TRUE(with_role(R"("write": true)").remove);
  EXPECT_FALSE(with_role(R"("write": true, "insert": false)").insert);
  EXPECT_FALSE(with_role(R"("write": true, "delete": false)").remove);
  EXPECT_FALSE(with_role(R"("read": true, "insert": true)").insert);
}

TEST(Policy, EvaluatesConditionsOnTheUserForEachUser) {
  const std::string roles = R"([{"name": "r", "apply_when": {}, "read": true, "write": true,
      "insert": {"%%user.custom_data.level": {"$gte": 2}},
      "document_filters": {"read": true, "write": {"%%user.custom_data.staff": true}}}])";
  EXPECT_FALSE(alert_access(roles, user_of("a")).write);
  EXPECT_TRUE(alert_access(roles, user_of("a", {{"staff", true}})).write);
  EXPECT_FALSE(alert_access(roles, user_of("a", {{"staff", true}})).insert);
  EXPECT_TRUE(alert_access(roles, user_of("a", {{"staff", true}, {"level", 2}})).insert);
}

TEST(Policy, FieldPermissionsMakeMasks) {
  const TypeAccess access = with_role(
      R"("fields": {"title": {"read": true}, "threshold": {"write": true}, "extra": {"read": true}})");
  EXPECT_TRUE(access.readable.least().contains(kTitle));
  EXPECT_TRUE(access.readable.least().contains(kThreshold)) << "write implies read";
  EXPECT_TRUE(access.readable.least().contains(kId));
  EXPECT_TRUE(access.readable.least().contains(std::string("extra")));
  EXPECT_FALSE(access.readable.least().contains(kTags));
  EXPECT_FALSE(access.readable.least().contains(std::string("other")));
  EXPECT_TRUE(access.writable.least().contains(kThreshold));
  EXPECT_FALSE(access.writable.least().contains(kTitle));
  EXPECT_TRUE(access.read && access.write && access.insert);
}

TEST(Policy, AdditionalFieldsCoverOnlyWhatIsNotListed) {
  const TypeAccess access = with_role(
      R"("fields": {"title": {"read": true}, "threshold": {}, "secret": {"read": false}}, "additional_fields": {"read": true, "write": true})");
  EXPECT_TRUE(access.readable.least().contains(kTitle));
  EXPECT_FALSE(access.readable.least().contains(kThreshold));
  EXPECT_FALSE(access.readable.least().contains(std::string("secret")));
  EXPECT_TRUE(access.readable.least().contains(std::string("unforeseen")));
  EXPECT_TRUE(access.readable.least().contains(kTags));
  EXPECT_FALSE(access.writable.least().contains(kTitle));
  EXPECT_TRUE(access.writable.least().contains(kTags));
}

TEST(Policy, DocumentPermissionsOverrideFieldPermissions) {
  EXPECT_TRUE(
      with_role(R"("read": true, "fields": {"title": {"read": false}})").readable.least().all);
  EXPECT_TRUE(
      with_role(R"("write": true, "fields": {"title": {"write": false}})").writable.least().all);
  const TypeAccess denied = with_role(
      R"("read": false, "write": false, "fields": {"title": {"read": true, "write": true}})");
  EXPECT_FALSE(denied.read || denied.write);
  const TypeAccess partly = with_role(R"("read": true, "fields": {"title": {"write": true}})");
  EXPECT_TRUE(partly.readable.least().all);
  EXPECT_TRUE(partly.writable.least().contains(kTitle));
  EXPECT_FALSE(partly.writable.least().contains(kThreshold));
}

TEST(Policy, FieldPermissionsOverrideNestedOnes) {
  const TypeAccess whole =
      with_role(R"("fields": {"spot": {"read": true, "fields": {"room": {"read": false}}}})");
  EXPECT_TRUE(whole.readable.least().contains(kSpot));
  const TypeAccess none = with_role(
      R"("fields": {"title": {"read": true}, "spot": {"read": false, "fields": {"room": {"read": true}}}})");
  EXPECT_EQ(none.readable.least().sight({kSpot}), FieldMask::Sight::none);
  const TypeAccess part = with_role(R"("fields": {"spot": {"fields": {"room": {"read": true}}}})");
  EXPECT_TRUE(part.read);
  EXPECT_FALSE(part.readable.least().contains(kSpot));
  EXPECT_EQ(part.readable.least().sight({kSpot}), FieldMask::Sight::partly);
  EXPECT_EQ(part.readable.least().sight({kSpot, kRoom}), FieldMask::Sight::whole);
  EXPECT_EQ(part.readable.least().sight({kSpot, kCode}), FieldMask::Sight::none);
}

TEST(Policy, NestedPermissionsReachIntoListsAndDictionaries) {
  const TypeAccess access = with_role(R"("fields": {
      "spots": {"fields": {"room": {"read": true}}},
      "shelves": {"fields": {"top": {"fields": {"code": {"write": true}}}}}})");
  EXPECT_EQ(access.readable.least().sight({kSpots, element(1), kRoom}), FieldMask::Sight::whole);
  EXPECT_EQ(access.readable.least().sight({kSpots, element(1), kCode}), FieldMask::Sight::none);
  EXPECT_EQ(access.writable.least().sight({kShelves, std::string("top"), kCode}),
            FieldMask::Sight::whole);
  EXPECT_EQ(access.writable.least().sight({kShelves, std::string("top"), kRoom}),
            FieldMask::Sight::none);
  EXPECT_EQ(access.writable.least().sight({kShelves, std::string("low"), kCode}),
            FieldMask::Sight::none);
}

TEST(Policy, ProjectsAnObjectAsTheMaskShowsIt) {
  const TypeAccess access =
      with_role(R"("fields": {"title": {"read": true}, "spot": {"fields": {"room": {"read": true}}},
      "spots": {"fields": {"code": {"read": true}}}, "tags": {"fields": {"x": {"read": true}}}})");
  Scope fields;
  fields.put(kTitle, Value("warm"));
  fields.put(kThreshold, Value(4.0));
  fields.put(kSpot, place("back", "77"));
  Scope list;
  list.kind = ScopeKind::list;
  list.put(element(0), place("a", "1"), Position{"p"});
  list.put(element(1), Value("scalar"), Position{"q"});
  fields.put(kSpots, Item(list));
  Scope tags;
  tags.kind = ScopeKind::set;
  fields.put(kTags, Item(tags));

  Scope expected;
  expected.put(kTitle, Value("warm"));
  expected.put(kSpot, place("back", nullptr));
  Scope seen;
  seen.kind = ScopeKind::list;
  seen.put(element(0), place(nullptr, "1"), Position{"p"});
  expected.put(kSpots, Item(seen));
  EXPECT_EQ(project(access.readable.least(), fields), expected);
  EXPECT_EQ(project(with_role(R"("read": true)").readable.least(), fields), fields);
}

TEST(Policy, EqualSightsHaveEqualMasks) {
  EXPECT_EQ(
      with_role(R"("fields": {"title": {"read": true}})").readable,
      with_role(R"("fields": {"title": {"read": true}, "threshold": {"read": false}})").readable);
  EXPECT_EQ(with_role(R"("read": true)").readable,
            with_role(R"("fields": {"title": {"read": true}}, "additional_fields": {"read": true})")
                .readable);
}

// ---- roles without document filters ----

TEST(Policy, RoleWithoutFiltersGrantsNothingUnlessSetLiteral) {
  const std::string roles = R"([{"name": "r", "apply_when": {}, "read": true, "write": false}])";
  EXPECT_FALSE(alert_access(roles).read);
  const TypeAccess literal = alert_access(roles, user_of("u"), RolesWithoutFilters::literal);
  EXPECT_TRUE(literal.read);
  EXPECT_FALSE(literal.write);
  const std::string fields =
      R"([{"name": "r", "apply_when": {}, "fields": {"title": {"write": true}}}])";
  EXPECT_TRUE(alert_access(fields, user_of("u"), RolesWithoutFilters::literal)
                  .writable.least()
                  .contains(kTitle));
}

TEST(Policy, HalfOfTheFiltersGrantsNothingInEitherSetting) {
  const std::string roles =
      R"([{"name": "r", "apply_when": {}, "write": true, "document_filters": {"read": true}}])";
  for (const auto setting : {RolesWithoutFilters::deny, RolesWithoutFilters::literal})
    EXPECT_THAT(alert_access(roles, user_of("u"), setting).why_none, HasSubstr("lack \"write\""));
}

TEST(Policy, RoleThatSyncCannotUseGrantsNothing) {
  const TypeAccess expression = with_role(R"("read": {"owner": "%%user.id"}, "write": true)");
  EXPECT_FALSE(expression.read || expression.write);
  EXPECT_THAT(expression.why_none, HasSubstr("/roles/0/read is an expression"));
  EXPECT_THAT(with_role(R"("fields": {"_id": {"read": true}})").why_none,
              HasSubstr("field permission for _id"));
}

// ---- what is refused at compile ----

std::string refusal_of(const std::string& rest) {
  return compile_error(alert_app(role_text("r", rest)));
}

TEST(Policy, RefusesPathsThatLeadNowhere) {
  const auto with = [](const std::string& path) {
    return refusal_of(R"("document_filters": {"read": {")" + path +
                      R"(": {"$ne": 1}}, "write": false})");
  };
  EXPECT_THAT(with("title.length"), AllOf(HasSubstr("title has no fields of its own"),
                                          HasSubstr("#/roles/0/document_filters/read")));
  EXPECT_THAT(with("spots.0"), HasSubstr("its places are no fields"));
  for (const char* path : {"title", "_id", "spot.room", "spots.room", "shelves.top",
                           "shelves.top.x", "not_declared", "spot.not_declared"})
    EXPECT_EQ(with(path), "compiled") << path;
}

TEST(Policy, RefusesApplyWhenThatReadsTheDocument) {
  EXPECT_THAT(
      compile_error(alert_app(R"([{"name": "own", "apply_when": {"owner": "%%user.id"}}])")),
      AllOf(HasSubstr("#/roles/0/apply_when"), HasSubstr("\"owner\""),
            HasSubstr("document_filters")));
}

TEST(Policy, RefusesFunctionsByName) {
  EXPECT_THAT(
      compile_error(alert_app(
          R"([{"name": "duty", "apply_when": {"%%true": {"%function": {"name": "isOnDuty", "arguments": []}}}}])")),
      AllOf(HasSubstr("\"isOnDuty\""), HasSubstr("#/roles/0/apply_when/%%true/%function")));
}

TEST(Policy, NamesEveryFunctionThatIsMissing) {
  const std::string why = refusal_of(
      R"("fields": {"title": {"read": {"%%true": {"%function": {"name": "f"}}}}},
         "insert": {"%function": {"name": "g", "arguments": ["%%user.id"]}})");
  EXPECT_THAT(why,
              AllOf(HasSubstr("\"f\" is not registered"), HasSubstr("\"g\" is not registered")));
}

TEST(Policy, RefusesWhatReadsTheDocumentAsItWas) {
  EXPECT_THAT(refusal_of(R"("fields": {"title": {"read": {"%%prevRoot.title": "x"}}})"),
              HasSubstr("%%prevRoot has a value where something is written"));
}

TEST(Policy, RefusesConditionsOnTheElementsThatTheyWouldOpen) {
  EXPECT_THAT(refusal_of(R"("fields": {"spots": {"fields": {"code": {"read": {"%%this": "x"}}}}})"),
              HasSubstr("a permission is given for all elements at once"));
  EXPECT_EQ(refusal_of(R"("fields": {"title": {"read": {"spots.code": "x"}}})"), "compiled");
}

TEST(Policy, RefusesMoreFieldConditionsThanThereMayBe) {
  std::string fields;
  for (int i = 0; i < 7; ++i)
    fields += std::string(i == 0 ? "" : ",") + "\"f" + std::to_string(i) +
              "\": {\"read\": {\"title\": \"" + std::to_string(i) + "\"}}";
  EXPECT_THAT(refusal_of("\"fields\": {" + fields + "}"),
              HasSubstr("more than 6 different conditions"));
}

TEST(Policy, RefusesExpansionsThatSyncDoesNotHave) {
  EXPECT_THAT(compile_error(alert_app(
                  R"([{"name": "lan", "apply_when": {"%%request.remoteIPAddress": "::1"}}])")),
              HasSubstr("%%request.remoteIPAddress has no value here under sync"));
}

TEST(Policy, RefusesUnknownKeysWithPointer) {
  EXPECT_THAT(
      compile_error(alert_app(
          R"([{"name": "admin", "apply_when": {}, "document_filter": {"read": true, "write": true}}])")),
      AllOf(HasSubstr("#/roles/0/document_filter"),
            HasSubstr("did you mean \"document_filters\"?")));
  EXPECT_THAT(refusal_of(R"("fields": {"title": {"raed": true}})"),
              HasSubstr("#/roles/0/fields/title/raed"));
  EXPECT_THAT(refusal_of(R"("additional_fields": {"fields": {}})"),
              HasSubstr("#/roles/0/additional_fields/fields"));
  EXPECT_THAT(
      compile_error(alert_app(
          R"([{"name": "r", "apply_when": {}, "document_filters": {"read": true, "write": true, "insert": true}}])")),
      HasSubstr("#/roles/0/document_filters/insert"));
}

TEST(Policy, RefusesMalformedRoles) {
  EXPECT_THAT(compile_error(alert_app("[7]")), HasSubstr("a role is an object"));
  EXPECT_THAT(compile_error(alert_app(R"([{"apply_when": {}}])")), HasSubstr("no name"));
  EXPECT_THAT(compile_error(alert_app(R"([{"name": "r"}])")),
              HasSubstr("does not say when it applies"));
  EXPECT_THAT(refusal_of(R"("fields": [])"), HasSubstr("#/roles/0/fields: "));
  EXPECT_THAT(refusal_of(R"("read": 1)"), HasSubstr("#/roles/0/read: "));
  EXPECT_THAT(refusal_of(R"("search": "yes")"), HasSubstr("#/roles/0/search: "));
  EXPECT_THAT(compile_error(
                  alert_app(R"([{"name": ")" + std::string(101, 'x') + R"(", "apply_when": {}}])")),
              HasSubstr("at most 100 bytes"));
  EXPECT_THAT(compile_error(
                  alert_app(R"([{"name": "r", "apply_when": {"%%user.id%%": 1}}, {"name": "s"}])")),
              AllOf(HasSubstr("malformed"), HasSubstr("and 1 more")));
}

TEST(Policy, RefusesBadDefaultRolesToo) {
  EXPECT_THAT(compile_error(alert_app("[]", R"([{"name": "r", "apply_when": {"$xor": []}}])")),
              HasSubstr("default_rule.json#/roles/0/apply_when/$xor"));
}

TEST(Policy, DoesNotEnforceRulesOfCollectionsThatAreNotSynced) {
  auto app = alert_app(kTwoRoles);
  app->rules.push_back(
      {"cold.unsynced",
       role_sources("other.json", R"([{"name": "own", "apply_when": {"owner": 1}}])")});
  EXPECT_NE(compiled(app), nullptr);
  AppReport report;
  Policy::check(*app, RolesWithoutFilters::deny, &report);
  EXPECT_EQ(report.errors, 0);
  const auto file = std::ranges::find(report.files, "other.json", &AppFileReport::path);
  ASSERT_NE(file, report.files.end());
  EXPECT_EQ(file->messages[0].severity, AppMessage::Severity::warning);
  EXPECT_THAT(file->messages[0].text, HasSubstr("not synced"));
}

// ---- app check ----

const AppMessage* message_of(const AppReport& report, const std::string& path,
                             const std::string& code) {
  for (const AppFileReport& file : report.files)
    if (file.path == path)
      for (const AppMessage& message : file.messages)
        if (message.code == code) return &message;
  return nullptr;
}

TEST(PolicyCheck, WarnsOfRolesWithoutFiltersAndNamesTheLinesToAdd) {
  const auto app = alert_app(R"([{"name": "readers", "apply_when": {}, "read": true}])");
  AppReport report;
  report.files.push_back({kRulesFile, "rules", "used", {}});
  Policy::check(*app, RolesWithoutFilters::deny, &report);
  const AppMessage* message = message_of(report, kRulesFile, "role_without_document_filters");
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->severity, AppMessage::Severity::warning);
  EXPECT_EQ(message->pointer, "/roles/0");
  EXPECT_THAT(message->text, HasSubstr("\"readers\""));
  EXPECT_THAT(message->remedy,
              HasSubstr("\"document_filters\": {\"read\": true, \"write\": false}"));
  EXPECT_EQ(report.errors, 0);
  EXPECT_EQ(report.files[0].status, "used");

  AppReport literal;
  Policy::check(*app, RolesWithoutFilters::literal, &literal);
  const AppMessage* info = message_of(literal, kRulesFile, "role_without_document_filters");
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->severity, AppMessage::Severity::info);
}

TEST(PolicyCheck, ReportsEveryErrorThatCompileWouldName) {
  const auto app = alert_app(
      R"([{"name": "a", "apply_when": {"$xor": []}}, {"name": "b", "apply_when": {}, "insert": {"%function": {"name": "f"}}}])");
  AppReport report;
  report.files.push_back({kRulesFile, "rules", "used", {}});
  Policy::check(*app, RolesWithoutFilters::deny, &report);
  EXPECT_EQ(report.errors, 2);
  EXPECT_EQ(report.files[0].status, "error");
  EXPECT_NE(message_of(report, kRulesFile, "unknown_operator"), nullptr);
  EXPECT_NE(message_of(report, kRulesFile, "missing_function"), nullptr);
}

TEST(PolicyCheck, WarnsOfTypesThatNobodyMayTouch) {
  const std::string layout = "data_sources/mongodb-atlas/cold/notes/schema.json";
  for (const std::string& path :
       {layout, std::string("services/mongodb-atlas/rules/cold.notes.json")}) {
    AppReport report;
    report.files.push_back({path, "schema", "used", {}});
    Policy::check(*alert_app(kTwoRoles), RolesWithoutFilters::deny, &report);
    EXPECT_EQ(report.warnings, 1);
    const AppMessage* message = message_of(report, path, "no_roles");
    ASSERT_NE(message, nullptr);
    EXPECT_THAT(message->text, HasSubstr("Note"));
    // What the loader has said is not said again.
    Policy::check(*alert_app(kTwoRoles), RolesWithoutFilters::deny, &report);
    EXPECT_EQ(report.warnings, 1);
  }
}

TEST(PolicyCheck, NamesTheFileOfAMalformedValue) {
  auto app = alert_app(kTwoRoles);
  app->values["limit"] =
      std::make_shared<nlohmann::json>(nlohmann::json::parse(R"({"$oid": "zz"})"));
  AppReport report;
  Policy::check(*app, RolesWithoutFilters::deny, &report);
  EXPECT_EQ(report.errors, 1);
  EXPECT_NE(message_of(report, "values/limit.json", "malformed_value"), nullptr);
  EXPECT_THAT(compile_error(app), HasSubstr("values/limit.json#: the value of \"limit\""));
}

TEST(PolicyCheck, WarnsOfCustomUserDataThatUsersMayWrite) {
  auto app = alert_app(kTwoRoles, kTwoRoles);
  app->custom_user_data = {true, "cold.alerts", "user_id"};
  AppReport report;
  Policy::check(*app, RolesWithoutFilters::deny, &report);
  const AppMessage* message = message_of(report, kRulesFile, "custom_user_data_writable");
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->pointer, "/roles/0");
  EXPECT_EQ(report.warnings, 1);
}

TEST(Policy, ReadsValuesAndEnvironmentOfTheApp) {
  auto app = alert_app(
      R"([{"name": "r", "apply_when": {"%%user.id": {"$in": "%%values.admins"}, "%%environment.tag": "qa"},
                           "document_filters": {"read": true, "write": true}, "read": true}])");
  app->values["admins"] = std::make_shared<nlohmann::json>(nlohmann::json::parse(R"(["ann"])"));
  app->environment_tag = "qa";
  EXPECT_TRUE(compiled(app)->access_of(user_of("ann")).of(kAlert).read);
  EXPECT_FALSE(compiled(app)->access_of(user_of("bob")).of(kAlert).read);
}

}  // namespace
}  // namespace syncline
