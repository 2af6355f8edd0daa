// The example app, as a newcomer reads it: it loads without errors or warnings, its documents fit
// its schema, and its roles give what its README says.
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "node/access/policy.h"
#include "node/model/app.h"
#include "node/model/documents.h"
#include "node/model/validator.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using ::testing::HasSubstr;

const std::string kExample = std::string(SYNCLINE_SOURCE_DIR) + "/examples/cold_chain";

class ColdChain : public ::testing::Test {
 protected:
  void SetUp() override {
    auto files = read_app_directory(kExample);
    ASSERT_TRUE(files) << files.error().message;
    app_ = load_app(*files, &report_);
    std::string problems;
    if (app_) Policy::check(*app_, RolesWithoutFilters::deny, &report_);
    for (const AppFileReport& file : report_.files)
      for (const AppMessage& message : file.messages)
        if (message.severity != AppMessage::Severity::info)
          problems += file.path + "#" + message.pointer + ": " + message.text + "\n";
    EXPECT_EQ(problems, "");
    ASSERT_TRUE(app_);
    auto policy = Policy::compile(app_, RolesWithoutFilters::deny);
    ASSERT_TRUE(policy) << policy.error().message;
    policy_ = *policy;
    std::ifstream users(kExample + "/users.json");
    users_ = nlohmann::json::parse(users);
  }

  Access access_of(const std::string& id) const {
    User user;
    user.id = id;
    for (const auto& row : users_)
      if (row["id"] == id)
        user.custom_data = parse_extended_json(row["custom_data"].dump())->get<Document>();
    EXPECT_FALSE(user.custom_data.fields.empty()) << id;
    return policy_->access_of(user);
  }

  TypeNumber type(const std::string& name) const {
    return app_->schema.type(std::string_view(name))->number;
  }
  TypeAccess of(const std::string& user, const std::string& name) const {
    return access_of(user).of(type(name));
  }
  Step step(const std::string& name, const std::string& field) const {
    return app_->schema.type(std::string_view(name))->field(std::string_view(field))->number;
  }

  AppReport report_;
  std::shared_ptr<const App> app_;
  std::shared_ptr<const Policy> policy_;
  nlohmann::json users_;
};

TEST_F(ColdChain, GivesEachRoleWhatItsReadmeSays) {
  for (const char* name : {"Fridge", "Alert", "WorkOrder"}) {
    const TypeAccess manager = of("astrid", name);
    EXPECT_EQ(manager.role, "manager");
    EXPECT_TRUE(manager.readable.least().all && manager.writable.least().all && manager.insert &&
                manager.remove)
        << name;
    const TypeAccess auditor = of("olga", name);
    EXPECT_EQ(auditor.role, "auditor");
    EXPECT_TRUE(auditor.readable.least().all) << name;
    EXPECT_FALSE(auditor.write) << name;
    EXPECT_FALSE(of("leif", name).read) << name << ": Leif has left";
  }
  const TypeAccess alerts = of("mina", "Alert");
  EXPECT_TRUE(alerts.writable.least().contains(step("Alert", "comments")));
  EXPECT_FALSE(alerts.writable.least().contains(step("Alert", "threshold")));
  EXPECT_FALSE(alerts.insert || alerts.remove);
  const TypeAccess orders = of("mina", "WorkOrder");
  EXPECT_FALSE(orders.readable.least().contains(step("WorkOrder", "cost")));
  EXPECT_TRUE(orders.insert);
  EXPECT_FALSE(orders.remove);
  const TypeAccess stores = of("olga", "Store");
  EXPECT_EQ(stores.readable.least().sight({step("Store", "contacts")}), FieldMask::Sight::partly);
  EXPECT_FALSE(stores.readable.least().contains(step("Store", "energy_price")));
  EXPECT_FALSE(of("astrid", "Member").write) << "custom user data";
  EXPECT_FALSE(of("mina", "Member").readable.least().contains(step("Member", "phone")));
}

TEST_F(ColdChain, EveryDocumentFitsTheSchema) {
  auto validator = Validator::compile(*app_);
  ASSERT_TRUE(validator) << validator.error().message;
  std::set<std::string> kinds;
  for (const auto& [name, count] :
       {std::pair("Store", 40), std::pair("Fridge", 300), std::pair("Reading", 2500),
        std::pair("Alert", 200), std::pair("WorkOrder", 150), std::pair("Member", 9)}) {
    std::ifstream lines(kExample + "/data/" + name + ".ndjson");
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      auto value = parse_extended_json(line);
      ASSERT_TRUE(value) << name << " " << number << ": " << value.error().message;
      auto object =
          object_of_document(app_->schema, type(name), value->get<Document>(), ChangesetName{});
      ASSERT_TRUE(object) << name << " " << number << ": " << object.error().message;
      const auto violations = (*validator)->check(type(name), object->fields);
      ASSERT_TRUE(violations.empty()) << name << " " << number << ": " << violations.front().text;
    }
    EXPECT_EQ(number, count) << name;
  }
}

}  // namespace
}  // namespace syncline
