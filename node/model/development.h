// Development mode: an app's files, extended by what the code on a device declares beyond them. New
// types and fields become schema.json and relationships.json as an engineer would write them; what
// the code has otherwise than the app is left to be told (schema_comparison.h), and nothing is ever
// taken away.
//
//   SYNCLINE_ASSIGN(Extension extension, extend_app(files, *app, declared));
//
// Called by the authority before it deploys the result. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "node/model/app.h"
#include "syncline/declared_schema.h"

namespace syncline {

struct Extension {
  AppFiles files;  // of the whole app
  std::vector<std::string>
      added;  // "Fridge", "Fridge.celsius", in the code's order; empty: nothing
};

// kUsage: the declared schema is wrong by itself. kBadApp: a schema file is not where it should be
// extended.
Result<Extension> extend_app(const AppFiles& files, const App& app, const DeclaredSchema& declared);

// The app's files with a field declared queryable for the type; the files themselves if it is.
AppFiles declare_queryable(const AppFiles& files, const App& app, const std::string& type,
                           const std::string& field);

}  // namespace syncline
