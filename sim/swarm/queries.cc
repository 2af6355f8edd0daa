#include "sim/swarm/queries.h"

#include <fmt/format.h>

namespace syncline::sim {
namespace {

constexpr int kDepthMax = 2;

class Drawing {
 public:
  Drawing(bool of_things, Random* random) : of_things_(of_things), random_(random) {}

  std::string query() {
    if (random_->chance(4)) return refused();
    std::string text = condition(0);
    if (random_->chance(20)) text += window();
    return text;
  }

 private:
  std::string condition(int depth) {
    if (depth < kDepthMax && random_->chance(30)) {
      const std::string left = condition(depth + 1);
      const std::string right = condition(depth + 1);
      const char* join = random_->chance(50) ? "AND" : "OR";
      return fmt::format("({} {} {})", left, join, right);
    }
    if (depth < kDepthMax && random_->chance(10))
      return fmt::format("NOT ({})", condition(depth + 1));
    return of_things_ ? about_thing() : about_rule();
  }

  std::string about_rule() {
    switch (random_->below(4)) {
      case 0:
        return fmt::format("text == '{}'", word());
      case 1:
        return compared("count", 9);
      case 2:
        return compared("_id", 3);
      default:
        return "TRUEPREDICATE";
    }
  }

  std::string about_thing() {
    if (random_->chance(15)) return about_link();
    switch (random_->below(14)) {
      case 0:
        return "TRUEPREDICATE";
      case 1:
        return compared("count", 100);
      case 2:
        return fmt::format("count BETWEEN {{{}, 60}}", random_->below(50));
      case 3:
        return fmt::format("name IN {{'{}', 'elm'}}", word());
      case 4:
        return fmt::format("name BEGINSWITH[c] '{}'", word().substr(0, 1));
      case 5:
        return fmt::format("tags == '{}'", word());
      case 6:
        return fmt::format("ANY notes == '{}'", word());
      case 7:
        return fmt::format("labels['{}'] > 4", word());
      case 8:
        return compared("place.shelf", 9);
      case 9:
        return fmt::format("ANY parts.code == '{}'", word());
      case 10:
        return fmt::format("secret == '{}'", word());  // which workers may not read
      case 11:
        return "checked == true";
      case 12:
        return "notes.@count > 1";
      default:
        return random_->chance(50) ? "name == null" : "next == null";
    }
  }

  std::string about_link() {
    switch (random_->below(3)) {
      case 0:
        return compared("next.count", 40);
      case 1:
        return fmt::format("next.name == '{}'", word());
      default:
        return fmt::format("next.name != '{}'", word());
    }
  }

  std::string window() {
    const uint64_t limit = 1 + random_->below(3);
    if (random_->chance(15)) return fmt::format(" LIMIT({})", limit);
    const char* by = of_things_ && random_->chance(30) ? "name" : "count";
    const char* order = random_->chance(50) ? "ASC" : "DESC";
    return fmt::format(" SORT({} {}) LIMIT({})", by, order, limit);
  }

  std::string refused() {
    if (!of_things_) return "nothing == 1";
    return random_->chance(50) ? "@links.Thing.next.@count > 0" : "next.next.count > 3";
  }

  std::string compared(const char* path, uint64_t below) {
    static const char* const all[] = {"==", "!=", "<", "<=", ">", ">="};
    const char* comparison = all[random_->below(6)];
    const uint64_t number = random_->below(below);
    return fmt::format("{} {} {}", path, comparison, number);
  }
  std::string word() {
    static const char* const words[] = {"ash", "birch", "cedar", "elm", "fir", "oak"};
    return words[random_->below(6)];
  }

  bool of_things_;
  Random* random_;
};

}  // namespace

std::string draw_query(bool of_things, Random* random) {
  return Drawing(of_things, random).query();
}

}  // namespace syncline::sim
