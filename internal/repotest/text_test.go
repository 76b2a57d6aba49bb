package repotest

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var (
	inlineLink = regexp.MustCompile(`\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)`)
	namedLink  = regexp.MustCompile(`(?m)^\[[^\]]+\]:\s+(\S+)`)
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	heading    = regexp.MustCompile(`^(#{1,6})\s+(.+?)\s*#*$`)
)

// prose is a Markdown text without its code.
func prose(text string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			fence = trimmed[:3]
		case fence != "":
			if trimmed == fence {
				fence = ""
			}
		default:
			b.WriteString(inlineCode.ReplaceAllString(line, ""))
		}
	}
	return b.String()
}

// anchors lists the names under which GitHub makes headings reachable.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, h := range headings(text) {
		var b strings.Builder
		for _, r := range strings.ToLower(h.text) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				b.WriteRune(r)
			}
		}
		name := b.String()
		for i := 1; found[name]; i++ {
			name = fmt.Sprintf("%s-%d", b.String(), i)
		}
		found[name] = true
	}
	return found
}

type title struct {
	level int
	text  string
}

func headings(text string) []title {
	var list []title
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") && (fence == "" || trimmed == fence) {
			if fence == "" {
				fence = "```"
			} else {
				fence = ""
			}
			continue
		}
		if m := heading.FindStringSubmatch(strings.TrimRight(line, "\n")); fence == "" && m != nil {
			list = append(list, title{len(m[1]), m[2]})
		}
	}
	return list
}

// deadLinks lists relative links in documents that lead nowhere.
func deadLinks(files tree) []string {
	folders := map[string]bool{".": true}
	for name := range files {
		for d := path.Dir(name); d != "."; d = path.Dir(d) {
			folders[d] = true
		}
	}
	var found []string
	for _, name := range files.names(".md") {
		text := prose(files[name])
		for _, m := range append(inlineLink.FindAllStringSubmatch(text, -1), namedLink.FindAllStringSubmatch(text, -1)...) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") { // https:, mailto:
				continue
			}
			full := name
			if target != "" {
				full = path.Join(path.Dir(name), target)
			}
			page, isFile := files[full]
			switch {
			case !isFile && !folders[full]:
				found = append(found, fmt.Sprintf("%s: dead link %s", name, m[1]))
			case anchor != "" && !anchors(page)[anchor]:
				found = append(found, fmt.Sprintf("%s: link %s names no heading", name, m[1]))
			}
		}
	}
	return found
}

func TestLinksLeadSomewhere(t *testing.T) {
	report(t, deadLinks(readRepository(t)))
}

func TestDeadLinksAreFound(t *testing.T) {
	finds(t, deadLinks(example(`
-- README.md --
# Start here, now
## 中文 标题
## Twice
## Twice
[ok](docs/a.md) [folder](docs) [web](https://example.org/x) [here](#start-here-now) [there](docs/a.md#inside)
[中文](#中文-标题) [second](#twice-1) [titled](docs/a.md "A title") ![picture](docs/none.png)
[bad](docs/b.md) [bad anchor](docs/a.md#outside) `+"`[code](nowhere.md)`"+`
`+"```"+`
[fenced](nowhere.md)
`+"```"+`
[named]: docs/c.md
-- docs/a.md --
# Inside
[up](../README.md) [bad](README.md)
`)),
		"README.md: dead link docs/none.png",
		"README.md: dead link docs/b.md",
		"README.md: link docs/a.md#outside names no heading",
		"README.md: dead link docs/c.md",
		"docs/a.md: dead link README.md",
	)
}

// badText is what no committed file may hold. The expressions are put together
// from pieces, lest this file find itself.
var badText = []struct {
	what string
	re   *regexp.Regexp
}{
	{"address of a package registry", regexp.MustCompile(`https?://(registry|proxy|sum|deb|repo)` + `\.[a-z]`)},
	{"download address in a lock file", regexp.MustCompile(`"resolved"` + `:\s*"https?:`)},
	{"folder of one machine", regexp.MustCompile(`(^|[\s"'=(:,])/(work|root)` + `/[a-zA-Z.]`)},
	{"private key", regexp.MustCompile(`-----BEGIN ` + `([A-Z]+ )?PRIVATE KEY-----`)},
	{"word of unfinished work", regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)},
}

// forbiddenText lists lines that hold badText.
func forbiddenText(files tree) []string {
	var found []string
	for name, text := range files {
		if !utf8.ValidString(text) || strings.HasSuffix(name, "go.sum") {
			continue // pictures and clips
		}
		for _, bad := range badText {
			for _, at := range bad.re.FindAllStringIndex(text, -1) {
				line := strings.Count(text[:at[1]], "\n") + 1
				found = append(found, fmt.Sprintf("%s:%d: %s", name, line, bad.what))
			}
		}
	}
	return found
}

func TestNothingForbiddenIsCommitted(t *testing.T) {
	report(t, forbiddenText(readRepository(t)))
}

func TestForbiddenTextIsFound(t *testing.T) {
	for text, what := range map[string]string{
		"see https://registry" + ".npmjs.org/x":                        "address of a package registry",
		`"resolved"` + `: "https://example.org/x.tgz"`:                 "download address in a lock file",
		"path: /work" + "/main/x":                                      "folder of one machine",
		"-----BEGIN " + "EC PRIVATE KEY-----":                          "private key",
		"// TO" + "DO: later":                                          "word of unfinished work",
		"/var/lib/watchroom, mailto:root@example.org, work/, a/work/b": "",
	} {
		var want []string
		if what != "" {
			want = []string{"a.txt:2: " + what}
		}
		finds(t, forbiddenText(tree{"a.txt": "first\n" + text + "\n", "go.sum": text, "clip.mp4": "\xff" + text}), want...)
	}
}
