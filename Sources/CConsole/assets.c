// The console's files, as the compiler reads them: when one changes, this is compiled again.
//
// A new file is two entries: one here, one in the table at the end.
#include "CConsole.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char ai_html[] = {
#embed "assets/ai.html"
};
static const unsigned char ai_js[] = {
#embed "assets/ai.js"
};
static const unsigned char api_js[] = {
#embed "assets/api.js"
};
static const unsigned char charts_js[] = {
#embed "assets/charts.js"
};
static const unsigned char console_css[] = {
#embed "assets/console.css"
};
static const unsigned char dom_js[] = {
#embed "assets/dom.js"
};
static const unsigned char entered_html[] = {
#embed "assets/entered.html"
};
static const unsigned char format_js[] = {
#embed "assets/format.js"
};
static const unsigned char guarantees_html[] = {
#embed "assets/guarantees.html"
};
static const unsigned char guarantees_js[] = {
#embed "assets/guarantees.js"
};
static const unsigned char i_ai_svg[] = {
#embed "assets/i-ai.svg"
};
static const unsigned char i_guarantees_svg[] = {
#embed "assets/i-guarantees.svg"
};
static const unsigned char i_map_svg[] = {
#embed "assets/i-map.svg"
};
static const unsigned char i_objects_svg[] = {
#embed "assets/i-objects.svg"
};
static const unsigned char i_out_svg[] = {
#embed "assets/i-out.svg"
};
static const unsigned char i_overview_svg[] = {
#embed "assets/i-overview.svg"
};
static const unsigned char i_policies_svg[] = {
#embed "assets/i-policies.svg"
};
static const unsigned char i_records_svg[] = {
#embed "assets/i-records.svg"
};
static const unsigned char i_theme_svg[] = {
#embed "assets/i-theme.svg"
};
static const unsigned char icon_svg[] = {
#embed "assets/icon.svg"
};
static const unsigned char login_html[] = {
#embed "assets/login.html"
};
static const unsigned char map_html[] = {
#embed "assets/map.html"
};
static const unsigned char map_js[] = {
#embed "assets/map.js"
};
static const unsigned char objects_html[] = {
#embed "assets/objects.html"
};
static const unsigned char objects_js[] = {
#embed "assets/objects.js"
};
static const unsigned char overview_html[] = {
#embed "assets/overview.html"
};
static const unsigned char overview_js[] = {
#embed "assets/overview.js"
};
static const unsigned char page_html[] = {
#embed "assets/page.html"
};
static const unsigned char page_js[] = {
#embed "assets/page.js"
};
static const unsigned char policies_html[] = {
#embed "assets/policies.html"
};
static const unsigned char policies_js[] = {
#embed "assets/policies.js"
};
static const unsigned char record_js[] = {
#embed "assets/record.js"
};
static const unsigned char records_html[] = {
#embed "assets/records.html"
};
static const unsigned char records_js[] = {
#embed "assets/records.js"
};
static const unsigned char theme_js[] = {
#embed "assets/theme.js"
};
static const unsigned char vtable_js[] = {
#embed "assets/vtable.js"
};

// D3 is Debian's (package libjs-d3); without it the console says so where it would draw.
#if __has_embed("/usr/share/javascript/d3/d3.min.js") == 1
#define HAS_D3 1
static const unsigned char d3_js[] = {
#embed "/usr/share/javascript/d3/d3.min.js"
};
#endif

#define ASSET(name, bytes) {name, bytes, sizeof(bytes)}

static const struct console_asset assets[] = {
    ASSET("ai.html", ai_html),
    ASSET("ai.js", ai_js),
    ASSET("api.js", api_js),
    ASSET("charts.js", charts_js),
    ASSET("console.css", console_css),
    ASSET("dom.js", dom_js),
    ASSET("entered.html", entered_html),
    ASSET("format.js", format_js),
    ASSET("guarantees.html", guarantees_html),
    ASSET("guarantees.js", guarantees_js),
    ASSET("i-ai.svg", i_ai_svg),
    ASSET("i-guarantees.svg", i_guarantees_svg),
    ASSET("i-map.svg", i_map_svg),
    ASSET("i-objects.svg", i_objects_svg),
    ASSET("i-out.svg", i_out_svg),
    ASSET("i-overview.svg", i_overview_svg),
    ASSET("i-policies.svg", i_policies_svg),
    ASSET("i-records.svg", i_records_svg),
    ASSET("i-theme.svg", i_theme_svg),
    ASSET("icon.svg", icon_svg),
    ASSET("login.html", login_html),
    ASSET("map.html", map_html),
    ASSET("map.js", map_js),
    ASSET("objects.html", objects_html),
    ASSET("objects.js", objects_js),
    ASSET("overview.html", overview_html),
    ASSET("overview.js", overview_js),
    ASSET("page.html", page_html),
    ASSET("page.js", page_js),
    ASSET("policies.html", policies_html),
    ASSET("policies.js", policies_js),
    ASSET("record.js", record_js),
    ASSET("records.html", records_html),
    ASSET("records.js", records_js),
    ASSET("theme.js", theme_js),
    ASSET("vtable.js", vtable_js),
#ifdef HAS_D3
    ASSET("d3.js", d3_js),
#endif
};

size_t console_asset_count(void) {
    return sizeof(assets) / sizeof(assets[0]);
}

const struct console_asset *console_asset_at(size_t index) {
    return &assets[index];
}
