/* What the generated header promises of memory, under the address sanitizer: an object owns all that it points to. */
#include "models.h"

static char *copy(const char *text) {
    char *out = malloc(strlen(text) + 1);
    if (out) memcpy(out, text, strlen(text) + 1);
    return out;
}

int main(void) {
    Person ada = {0};
    ada.id = copy("ada");
    ada.name = copy("Ada");
    ada.visits.present = true;
    ada.visits.value = 3;
    ada.friends.count = 2;
    ada.friends.items = calloc(2, sizeof *ada.friends.items);
    ada.friends.items[0] = copy("grace");
    ada.friends.items[1] = copy("edith");
    ada.relatives.count = 1;
    ada.relatives.entries = calloc(1, sizeof *ada.relatives.entries);
    ada.relatives.entries[0].key = copy("mother");
    ada.relatives.entries[0].value = copy("anne");
    ada.home = calloc(1, sizeof *ada.home);
    ada.home->street = copy("St James's Square");
    ada.home->rooms.count = 1;
    ada.home->rooms.items = calloc(1, sizeof *ada.home->rooms.items);
    ada.home->rooms.items[0].name = copy("library");
    ada.phones.count = 2;
    ada.phones.entries = calloc(2, sizeof *ada.phones.entries);
    ada.phones.entries[0].key = copy("home");
    ada.phones.entries[0].value = calloc(1, sizeof *ada.phones.entries[0].value);
    ada.phones.entries[0].value->number = copy("1");
    ada.phones.entries[1].key = copy("none");
    syncline_clear_Person(&ada);
    if (ada.id || ada.friends.count || ada.home) return 1;

    Everything all = {0};
    all.required_binary.size = 2;
    all.required_binary.bytes = calloc(2, 1);
    all.optional_binary.present = true;
    all.optional_binary.value.bytes = calloc(2, 1);
    all.list_of_binary.count = 1;
    all.list_of_binary.items = calloc(1, sizeof *all.list_of_binary.items);
    all.list_of_binary.items[0].bytes = calloc(2, 1);
    all.dictionary_of_binary.count = 1;
    all.dictionary_of_binary.entries = calloc(1, sizeof *all.dictionary_of_binary.entries);
    all.dictionary_of_binary.entries[0].key = copy("a");
    all.dictionary_of_binary.entries[0].value.bytes = calloc(2, 1);
    all.list_of_maybe_string.count = 2;
    all.list_of_maybe_string.items = calloc(2, sizeof *all.list_of_maybe_string.items);
    all.list_of_maybe_string.items[0] = copy("a");
    all.dictionary_of_maybe_double.count = 1;
    all.dictionary_of_maybe_double.entries = calloc(1, sizeof *all.dictionary_of_maybe_double.entries);
    all.dictionary_of_maybe_double.entries[0].key = copy("a");
    all.dictionary_of_maybe_double.entries[0].present = true;
    all.anything = copy("{\"$numberInt\":\"1\"}");
    all.set_of_date.count = 1;
    all.set_of_date.items = calloc(1, sizeof *all.set_of_date.items);
    syncline_clear_Everything(&all);
    /* An object that is cleared is empty, and may be cleared again. */
    syncline_clear_Everything(&all);
    return all.anything != NULL;
}
