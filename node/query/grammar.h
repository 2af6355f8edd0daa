// The grammar of the Realm Query Language, for PEGTL. Included by parse.cc alone.
//
// Conditions and values share one ladder of rules, or > and > not > comparison > sum > product >
// primary, so that a parenthesis never has to be read twice to learn what it holds; builder.h
// checks which of the two stands where. Every token takes the blanks behind it, so that a failing
// rule fails where its token should begin.
#pragma once

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/limit_depth.hpp>

namespace syncline::query::grammar {

// clang-format off
using namespace tao::pegtl;  // NOLINT: a grammar is written in PEGTL's words

// ---- tokens ----
struct gap : star<one<' ', '\t', '\r', '\n'>> {};
struct wide : utf8::range<0x80, 0x10FFFF> {};
struct name_start : sor<alpha, one<'_', '$'>, wide> {};
struct name_escape : seq<one<'\\'>, one<' ', 'n', 'r', 't'>> {};
struct name_char : sor<alnum, one<'_', '$', '-'>, wide, name_escape> {};
struct word_end : not_at<name_char> {};

// A word in any case, or as given; and a sign with the blanks behind it.
template <char... C> struct word : seq<istring<C...>, word_end, gap> {};
template <char... C> struct exact : seq<string<C...>, word_end, gap> {};
template <char... C> struct sign : seq<string<C...>, gap> {};

struct opening : sign<'('> {};
struct closing : sign<')'> {};
struct brace : sign<'{'> {};
struct brace_end : sign<'}'> {};
struct bracket : sign<'['> {};
struct bracket_end : sign<']'> {};
struct comma : sign<','> {};

struct or_word : sor<sign<'|', '|'>, word<'o', 'r'>> {};
struct and_word : sor<sign<'&', '&'>, word<'a', 'n', 'd'>> {};
struct not_word : sor<seq<one<'!'>, not_at<one<'='>>, gap>, exact<'n','o','t'>, exact<'N','O','T'>> {};
struct any_word : sor<exact<'a','n','y'>, exact<'A','N','Y'>, exact<'s','o','m','e'>, exact<'S','O','M','E'>> {};
struct all_word : sor<exact<'a','l','l'>, exact<'A','L','L'>> {};
struct none_word : sor<exact<'n','o','n','e'>, exact<'N','O','N','E'>> {};
struct true_word : sor<exact<'t','r','u','e'>, exact<'T','R','U','E'>> {};
struct false_word : sor<exact<'f','a','l','s','e'>, exact<'F','A','L','S','E'>> {};
struct null_word : sor<word<'n','u','l','l'>, word<'n','i','l'>> {};
struct infinity_word : sor<word<'i','n','f'>, word<'i','n','f','i','n','i','t','y'>> {};
struct nan_word : word<'n','a','n'> {};
struct truepredicate : word<'t','r','u','e','p','r','e','d','i','c','a','t','e'> {};
struct falsepredicate : word<'f','a','l','s','e','p','r','e','d','i','c','a','t','e'> {};
struct subquery_word : word<'s','u','b','q','u','e','r','y'> {};
struct geobox_word : word<'g','e','o','b','o','x'> {};
struct geocircle_word : word<'g','e','o','c','i','r','c','l','e'> {};
struct geopolygon_word : word<'g','e','o','p','o','l','y','g','o','n'> {};

// ---- names ----
// Words that are never a name; all others may be one.
struct reserved : sor<word<'o','r'>, word<'a','n','d'>, exact<'n','o','t'>, exact<'N','O','T'>,
    any_word, all_word, none_word, true_word, false_word, null_word, infinity_word, nan_word,
    truepredicate, falsepredicate, subquery_word, geobox_word, geocircle_word, geopolygon_word> {};
struct plain_name : seq<name_start, star<name_char>> {};
struct quoted_text : plus<sor<string<'`', '`'>, not_one<'`'>>> {};
struct quoted_name : seq<one<'`'>, quoted_text, one<'`'>> {};
struct name_token : sor<seq<not_at<reserved>, plain_name>, quoted_name> {};
struct name : seq<name_token, gap> {};

// ---- literals ----
struct hex4 : rep<4, xdigit> {};
struct unicode_escape : if_must<one<'u'>, hex4> {};
struct simple_escape : one<'"', '\'', '/', 'b', 'f', 'n', 'r', 't', '0', '\\'> {};
struct escaped : sor<simple_escape, unicode_escape> {};
struct escape : if_must<one<'\\'>, escaped> {};
struct double_text : star<sor<escape, not_one<'"', '\\'>>> {};
struct single_text : star<sor<escape, not_one<'\'', '\\'>>> {};
struct double_quote_end : one<'"'> {};
struct single_quote_end : one<'\''> {};
struct base64_text : star<sor<alnum, one<'+', '/', '='>>> {};
struct base64 : if_must<string<'B', '6', '4', '"'>, base64_text, double_quote_end> {};
struct string_token : sor<if_must<one<'"'>, double_text, double_quote_end>,
                          if_must<one<'\''>, single_text, single_quote_end>> {};
struct text_literal : seq<sor<base64, string_token>, gap> {};
struct binary_content : text_literal {};
struct binary_literal : if_must<seq<sor<string<'b','i','n','a','r','y','('>, string<'b','i','n','('>>, gap>,
                                binary_content, closing> {};

struct digits : plus<digit> {};
struct plus_minus : opt<one<'+', '-'>> {};
struct oid_digits : seq<rep<24, xdigit>> {};
struct oid_literal : if_must<string<'o','i','d','('>, oid_digits, closing> {};
struct uuid_digits : seq<rep<8, xdigit>, one<'-'>, rep<4, xdigit>, one<'-'>, rep<4, xdigit>, one<'-'>,
                         rep<4, xdigit>, one<'-'>, rep<12, xdigit>> {};
struct uuid_literal : if_must<string<'u','u','i','d','('>, uuid_digits, closing> {};
struct calendar_date : seq<digits, one<'-'>, digits, one<'-'>, digits, one<'@', 'T'>, digits, one<':'>,
                           digits, one<':'>, digits, opt<one<':'>, digits>> {};
struct seconds_date : seq<one<'T'>, plus_minus, digits, one<':'>, plus_minus, digits, word_end> {};
struct row_literal : sor<seq<one<'O'>, digits, word_end>,
                         seq<one<'L'>, digits, one<':'>, digits, word_end>> {};
struct exponent : seq<one<'e', 'E'>, plus_minus, digits> {};
struct real_number : seq<plus_minus,
    sor<seq<sor<seq<digits, one<'.'>, star<digit>>, seq<one<'.'>, digits>>, opt<exponent>>,
        seq<digits, exponent>, seq<digits, at<one<'f'>>>>, opt<one<'f'>>> {};
struct hex_number : seq<one<'0'>, one<'x', 'X'>, plus<xdigit>> {};
struct whole_number : seq<plus_minus, digits> {};
struct infinity_number : seq<plus_minus, at<infinity_word>, plus<alpha>> {};
struct nan_number : seq<plus_minus, at<nan_word>, plus<alpha>> {};
struct number_literal : seq<sor<real_number, hex_number, whole_number, infinity_number, nan_number>, gap> {};
struct argument : seq<one<'$'>, digits, word_end, gap> {};

struct decimal_text : plus<sor<alnum, one<'+', '-', '.'>>> {};
struct decimal_literal : if_must<string<'d','e','c','i','m','a','l','('>, decimal_text, closing> {};
struct json_text : text_literal {};
struct json_literal : if_must<seq<string<'e','j','s','o','n','('>, gap>, json_text, closing> {};
struct object_type : text_literal {};
struct object_key : sor<number_literal, text_literal, uuid_literal, oid_literal> {};
struct object_literal : if_must<seq<istring<'o','b','j'>, gap, one<'('>, gap>, object_type, comma,
                                object_key, closing> {};
struct literal : sor<text_literal, binary_literal, oid_literal, uuid_literal, decimal_literal, json_literal, object_literal,
    seq<sor<calendar_date, seconds_date, row_literal>, gap>, number_literal, argument,
    true_word, false_word, null_word> {};

// ---- paths ----
struct size_word : seq<sor<string<'@','c','o','u','n','t'>, string<'@','s','i','z','e'>>, word_end> {};
struct type_word : seq<string<'@','t','y','p','e'>, word_end> {};
struct aggregate_word : seq<one<'@'>, sor<string<'m','i','n'>, string<'m','a','x'>, string<'s','u','m'>,
                            string<'a','v','g'>>, word_end> {};
struct links_step : exact<'@','l','i','n','k','s'> {};
struct keys_step : exact<'@','k','e','y','s'> {};
struct values_step : exact<'@','v','a','l','u','e','s'> {};
struct key_path_step : seq<string<'$', 'K'>, digits, word_end, gap> {};
struct name_step : name {};
struct segment : sor<key_path_step, links_step, keys_step, values_step, name_step> {};
struct size_in_brackets : seq<bracket, sor<exact<'S','I','Z','E'>, exact<'s','i','z','e'>>, bracket_end> {};
struct index_step : seq<digits, gap> {};
struct first_step : sor<exact<'F','I','R','S','T'>, exact<'f','i','r','s','t'>> {};
struct last_step : sor<exact<'L','A','S','T'>, exact<'l','a','s','t'>> {};
struct every_step : sign<'*'> {};
struct key_step : text_literal {};
struct argument_step : seq<argument> {};
struct in_brackets : sor<index_step, first_step, last_step, every_step, key_step, argument_step> {};
struct brackets : if_must<seq<not_at<size_in_brackets>, bracket>, in_brackets, bracket_end> {};
struct dot : seq<one<'.'>, gap> {};
struct dotted : if_must<seq<dot, not_at<sor<size_word, type_word, aggregate_word>>>, segment> {};
struct path_begin : success {};
struct path : seq<path_begin, segment, star<sor<dotted, brackets>>> {};

struct post_size : sor<seq<dot, size_word, gap>, size_in_brackets> {};
struct post_type : seq<dot, type_word, gap> {};
struct post : sor<post_size, post_type> {};
struct aggregate_operator : seq<dot, aggregate_word, gap> {};
struct aggregate_of : name {};
struct aggregate : seq<aggregate_operator, opt<if_must<dot, aggregate_of>>> {};

// ---- values ----
struct property_path : path {};
struct property : seq<property_path, sor<aggregate, post, success>> {};
struct quantifier : sor<any_word, all_word, none_word> {};
struct element : literal {};
struct list_begin : brace {};
struct list_next : if_must<comma, element> {};
struct list_end : brace_end {};
struct list : seq<list_begin, opt<element, star<list_next>>, must<list_end>> {};
struct quantified_argument : seq<argument> {};
struct quantified_property : seq<property_path, opt<post>> {};
struct quantified_operand : sor<list, quantified_argument, quantified_property> {};
struct quantified : if_must<quantifier, quantified_operand> {};
struct disjunction;
struct subquery_path : path {};
struct variable : name {};
struct subquery_condition : seq<disjunction> {};
struct subquery_count : seq<dot, size_word, gap> {};
struct subquery : if_must<seq<subquery_word, opening>, subquery_path, comma, variable, comma, subquery_condition,
                          closing, subquery_count> {};
struct literal_operand : literal {};
struct grouped : if_must<opening, disjunction, closing> {};
struct primary : sor<grouped, truepredicate, falsepredicate, subquery, quantified, list, literal_operand, property> {};
struct product_operator : seq<one<'*', '/'>, gap> {};
// A sign at a digit is the number's: "1 -2" is two numbers, "1 - 2" a difference.
struct sign_apart : not_at<sor<digit, seq<one<'.'>, digit>>> {};
struct sum_operator : if_must<one<'+', '-'>, sign_apart, gap> {};
struct product_tail : if_must<product_operator, primary> {};
struct product : seq<primary, star<product_tail>> {};
struct sum_tail : if_must<sum_operator, product> {};
struct sum : seq<product, star<sum_tail>> {};

// ---- comparisons ----
struct case_mark : sign<'[', 'c', ']'> {};
struct not_equal : sor<sign<'!', '='>, sign<'<', '>'>> {};
struct less_equal : sor<sign<'<', '='>, sign<'=', '<'>> {};
struct greater_equal : sor<sign<'>', '='>, sign<'=', '>'>> {};
struct equal : sor<sign<'=', '='>, sign<'='>> {};
struct less : sign<'<'> {};
struct greater : sign<'>'> {};
struct in_word : sor<exact<'i','n'>, exact<'I','N'>> {};
struct begins_with : word<'b','e','g','i','n','s','w','i','t','h'> {};
struct ends_with : word<'e','n','d','s','w','i','t','h'> {};
struct contains : word<'c','o','n','t','a','i','n','s'> {};
struct like : word<'l','i','k','e'> {};
struct text_word : word<'t','e','x','t'> {};
struct between_word : word<'b','e','t','w','e','e','n'> {};
struct geo_within_word : word<'g','e','o','w','i','t','h','i','n'> {};
struct folding_operator : sor<not_equal, seq<not_at<one<'='>, one<'<', '>'>>, equal>, in_word, begins_with,
                              ends_with, contains, like> {};
struct plain_operator : sor<less_equal, greater_equal, less, greater, text_word> {};
struct compare_operator : sor<seq<folding_operator, opt<case_mark>>, plain_operator> {};
struct right_side : sum {};
struct compare_tail : if_must<compare_operator, right_side> {};
struct between_list : list {};
struct between_tail : if_must<between_word, between_list> {};

// ---- regions ----
struct coordinate : sor<number_literal, argument> {};
struct point_begin : bracket {};
struct point_coordinate : coordinate {};
struct point_next : if_must<comma, point_coordinate> {};
struct point_end : bracket_end {};
struct point : if_must<point_begin, point_coordinate, comma, point_coordinate, opt<point_next>, point_end> {};
struct ring_begin : brace {};
struct ring_next : if_must<comma, point> {};
struct ring : if_must<ring_begin, point, star<ring_next>, brace_end> {};
struct ring_after : if_must<comma, ring> {};
struct radius : coordinate {};
struct box : if_must<geobox_word, opening, point, comma, point, closing> {};
struct circle : if_must<geocircle_word, opening, point, comma, radius, closing> {};
struct polygon : if_must<geopolygon_word, opening, ring, star<ring_after>, closing> {};
struct region_argument : seq<argument> {};
struct region : sor<box, circle, polygon, region_argument> {};
struct geo_tail : if_must<geo_within_word, region> {};

// ---- conditions ----
struct comparison : seq<sum, opt<sor<between_tail, geo_tail, compare_tail>>> {};
struct negated;
struct negation : if_must<not_word, negated> {};
struct negated : sor<negation, comparison> {};
struct and_tail : if_must<and_word, negated> {};
struct conjunction : seq<negated, star<and_tail>> {};
struct or_tail : if_must<or_word, conjunction> {};
struct disjunction : seq<conjunction, star<or_tail>> {};

// ---- what comes behind ----
struct ascending : sor<word<'a','s','c'>, word<'a','s','c','e','n','d','i','n','g'>> {};
struct descending : sor<word<'d','e','s','c'>, word<'d','e','s','c','e','n','d','i','n','g'>> {};
struct direction : sor<ascending, descending> {};
struct sort_path : path {};
struct sort_key : if_must<sort_path, direction> {};
struct sort_next : if_must<comma, sort_key> {};
struct sort_word : word<'s','o','r','t'> {};
struct sort : if_must<sort_word, opening, sort_key, star<sort_next>, closing> {};
struct distinct_key : path {};
struct distinct_next : if_must<comma, distinct_key> {};
struct distinct_word : word<'d','i','s','t','i','n','c','t'> {};
struct distinct : if_must<distinct_word, opening, distinct_key, star<distinct_next>, closing> {};
struct limit_count : seq<digits, word_end, gap> {};
struct limit_word : word<'l','i','m','i','t'> {};
struct limit : if_must<limit_word, opening, limit_count, closing> {};
struct suffix : sor<sort, distinct, limit> {};
struct end : eof {};

struct query : seq<gap, must<disjunction>, star<suffix>, must<end>> {};
struct lone_path : seq<gap, must<path>, must<end>> {};
struct lone_region : seq<gap, must<region>, must<end>> {};
struct lone_name : seq<not_at<reserved>, plain_name, eof> {};
// clang-format on

}  // namespace syncline::query::grammar
