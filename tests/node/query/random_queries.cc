#include "tests/node/query/random_queries.h"

#include <fmt/format.h>

namespace syncline::test {
namespace {

class Maker {
 public:
  explicit Maker(std::mt19937& random) : random_(random) {}

  std::string condition(int depth) {
    switch (below(depth > 0 ? 8 : 4)) {
      case 4:
        return fmt::format("({} AND {})", condition(depth - 1), condition(depth - 1));
      case 5:
        return fmt::format("({} OR {})", condition(depth - 1), condition(depth - 1));
      case 6:
        return fmt::format("NOT ({})", condition(depth - 1));
      case 7:
        return fmt::format("({} OR {} OR {})", condition(depth - 1), condition(0), condition(0));
      default:
        return comparison();
    }
  }

  std::string person(int id) {
    std::string out = fmt::format(R"({{"_id": {})", id);
    const auto put = [&](const char* name, const std::string& value) {
      // What is missing reads as null.
      if (below(5) > 0) out += fmt::format(R"(, "{}": {})", name, value);
    };
    const auto or_null = [&](const std::string& value) { return below(5) == 0 ? "null" : value; };
    put("name", or_null(json_text()));
    put("nick", or_null(json_text()));
    put("age", or_null(integer()));
    put("height", or_null(json_real()));
    put("balance", or_null(fmt::format(R"({{"$numberDecimal": "{}"}})", decimal())));
    put("ok", or_null(below(2) == 0 ? "true" : "false"));
    put("extra", or_null(json_mixed()));
    put("tags", json_list([&] { return or_null(json_text()); }));
    put("scores", json_list([&] { return or_null(integer()); }));
    put("lucky", json_list([&] { return integer(); }));
    put("things", json_list([&] { return json_mixed(); }));
    put("home", or_null(fmt::format(R"({{"city": {}, "zip": {}}})", json_text(), integer())));
    put("limits", fmt::format(R"({{"a": {}, "b": {}}})", integer(), integer()));
    put("best", or_null(std::to_string(below(20))));
    put("spot", or_null(fmt::format(R"({{"type": "Point", "coordinates": [{}, {}]}})",
                                    below(37) * 10 - 180, below(19) * 10 - 90)));
    return out + "}";
  }

 private:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string pick(std::initializer_list<const char*> of) {
    return *(of.begin() + below(static_cast<int>(of.size())));
  }

  std::string integer() { return std::to_string(below(5) - 1); }
  std::string real() {
    return pick({"0.0", "1.0", "1.5", "-1.0", "2.0", "inf", "-inf", "nan", "0.1"});
  }
  std::string decimal() {
    return pick({"0", "1", "1.0", "1.50", "-1", "0.1", "NaN", "2E0", "1E+30"});
  }
  std::string text() { return pick({"a", "ab", "abc", "A", "b", "", "ä", "1"}); }
  std::string json_text() { return "\"" + text() + "\""; }
  std::string json_real() {
    std::string number = real();
    if (number == "inf") number = "Infinity";
    if (number == "-inf") number = "-Infinity";
    if (number == "nan") number = "NaN";
    return fmt::format(R"({{"$numberDouble": "{}"}})", number);
  }
  std::string json_mixed() {
    switch (below(7)) {
      case 0:
        return json_text();
      case 1:
        return json_real();
      case 2:
        return fmt::format(R"({{"$numberDecimal": "{}"}})", decimal());
      case 3:
        return below(2) == 0 ? "true" : "null";
      case 4:
        return fmt::format("[{}]", integer());
      case 5:
        return fmt::format(R"({{"a": {}}})", integer());
      default:
        return integer();
    }
  }
  template <class Make>
  std::string json_list(const Make& make) {
    std::string out;
    for (int i = below(4); i > 0; --i) out += (out.empty() ? "" : ", ") + make();
    return "[" + out + "]";
  }

  std::string number() { return pick({"0", "1", "-1", "2", "1.0", "1.5", "0.1", "NULL", "3"}); }
  std::string quoted() { return below(8) == 0 ? "NULL" : "'" + text() + "'"; }
  std::string order() { return pick({"==", "!=", "<", "<=", ">", ">=", "=="}); }
  std::string quantifier() { return pick({"", "ANY ", "ALL ", "NONE "}); }
  std::string numbers() { return fmt::format("{{{}, {}, {}}}", number(), number(), number()); }

  std::string comparison() {
    switch (below(18)) {
      case 0:
        return fmt::format("age {} {}", order(), number());
      case 1:
        return fmt::format("height {} {}", order(), below(3) == 0 ? real() : number());
      case 2:
        return fmt::format("balance {} {}", order(), number());
      case 3:
        return fmt::format("{} {}{} {}", pick({"name", "nick", "home.city"}), pick({"==", "!="}),
                           pick({"", "", "[c]"}), quoted());
      case 4:
        return fmt::format("{} {}{} {}", pick({"name", "nick", "extra"}),
                           pick({"BEGINSWITH", "ENDSWITH", "CONTAINS", "LIKE"}),
                           pick({"", "", "[c]"}),
                           pick({"'a'", "'ab'", "''", "'a*'", "'?b*'", "NULL", "'ä'"}));
      case 5:
        return fmt::format("extra {} {}", order(), below(2) == 0 ? number() : quoted());
      case 6:
        return fmt::format("{}tags {} {}", quantifier(), order(), quoted());
      case 7:
        return fmt::format("{}scores {} {}", quantifier(), order(), number());
      case 8:
        return fmt::format("{} IN {}", pick({"age", "scores", "lucky", "extra"}), numbers());
      case 9:
        return fmt::format("{}{} {} {}{}", quantifier(), pick({"scores", "things"}),
                           pick({"==", "!="}), quantifier(), numbers());
      case 10:
        return fmt::format("{} {} {}",
                           pick({"scores.@sum", "scores.@max", "tags.@count", "things.@min",
                                 "age * 2", "age + height"}),
                           order(), number());
      case 11:
        return fmt::format("home.zip {} {}", order(), number());
      case 12:
        return fmt::format("{} == null", pick({"home", "best", "extra", "name"}));
      case 13:
        return fmt::format("{} {} {}", number() == "0" ? "1" : "2", order(),
                           pick({"age", "height", "extra", "limits['a']"}));
      case 14:
        return fmt::format("best.age {} {}", order(), number());
      case 15:
        return fmt::format("{} TEXT {}", pick({"name", "tags", "ANY tags"}),
                           pick({"'a'", "'a*'", "'a* ab*'", "'-a'", "'A b'", "'ab -abc'"}));
      case 16:
        return fmt::format("spot geoWithin {}",
                           pick({"geoCircle([0, 0], 0.4)", "geoBox([10, -40], [60, 30])",
                                 "geoBox([150, -60], [-150, 60])",
                                 "geoPolygon({[0, 0], [50, 0], [50, 50], [0, 0]})"}));
      default:
        return fmt::format("{} {} {}", pick({"name", "extra"}), order(), pick({"nick", "extra"}));
    }
  }

  std::mt19937& random_;
};

}  // namespace

std::string random_query(std::mt19937& random) { return Maker(random).condition(2); }

void add_random_people(std::mt19937& random, int count, People* people) {
  Maker maker(random);
  for (int id = 0; id < count; ++id) people->add(kPerson, maker.person(id));
}

}  // namespace syncline::test
