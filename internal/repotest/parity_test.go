package repotest

import (
	"fmt"
	"strings"
	"testing"
)

// outline is what two languages of one document must have in common: the levels
// of the headings and the code, in order.
func outline(text string) []string {
	var list []string
	inside, block := false, ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "```") && !inside:
			inside, block = true, trimmed+"\n"
		case trimmed == "```":
			inside = false
			list = append(list, "the code\n"+block)
		case inside:
			block += line
		default:
			if m := heading.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
				list = append(list, "a heading "+m[1])
			}
		}
	}
	return list
}

// unequal lists documents of one language that the other lacks or tells otherwise.
func unequal(files tree) []string {
	pairs := map[string]string{} // English to Chinese
	for _, name := range files.names(".md") {
		switch {
		case strings.HasPrefix(name, "docs/guide/en/"):
			pairs[name] = strings.Replace(name, "/en/", "/zh/", 1)
		case strings.HasPrefix(name, "docs/guide/zh/"):
			pairs[strings.Replace(name, "/zh/", "/en/", 1)] = name
		case name == "README.md" || name == "README.zh-CN.md":
			pairs["README.md"] = "README.zh-CN.md"
		}
	}
	var found []string
	for en, zh := range pairs {
		english, hasEnglish := files[en]
		chinese, hasChinese := files[zh]
		if !hasEnglish || !hasChinese {
			found = append(found, fmt.Sprintf("only one of %s and %s exists", en, zh))
			continue
		}
		a, b := outline(english), outline(chinese)
		for i := range max(len(a), len(b)) {
			x, y := "the end", "the end"
			if i < len(a) {
				x = a[i]
			}
			if i < len(b) {
				y = b[i]
			}
			if x != y {
				found = append(found, fmt.Sprintf("%s and %s differ in heading or code %d: %s against %s", en, zh, i+1, x, y))
				break
			}
		}
	}
	return found
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	report(t, unequal(readRepository(t)))
}

func TestUnequalLanguagesAreFound(t *testing.T) {
	const code = "```sh\nmake demo\n```\n"
	finds(t, unequal(tree{
		"README.md":              "# A\n## B\n" + code,
		"README.zh-CN.md":        "# 甲\n## 乙\n" + code,
		"docs/guide/en/start.md": "# A\n```sh\n# make test\n```\n",
		"docs/guide/zh/start.md": "# 甲\n" + code,
	}), "docs/guide/en/start.md and docs/guide/zh/start.md differ in heading or code 2: the code\n```sh\n# make test\n against the code\n```sh\nmake demo\n")
	finds(t, unequal(tree{"README.md": "# A\n## B\n", "README.zh-CN.md": "# 甲\n### 乙\n"}),
		"README.md and README.zh-CN.md differ in heading or code 2: a heading ## against a heading ###")
	finds(t, unequal(tree{"README.md": "# A\n", "README.zh-CN.md": "# 甲\n## 乙\n"}),
		"README.md and README.zh-CN.md differ in heading or code 2: the end against a heading ##")
	finds(t, unequal(tree{"docs/guide/zh/only.md": "# 甲\n"}),
		"only one of docs/guide/en/only.md and docs/guide/zh/only.md exists")
}
