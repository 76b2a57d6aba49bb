package username

import (
	"testing"

	"watchroom/internal/testkit/clause"
)

// TestShownNamesThatPassForOthers: a name to show is taken where people would read the same.
func TestShownNamesThatPassForOthers(t *testing.T) {
	clause.Covers(t, "C113")
	const wang = "王芳 Wang Fang"
	for name, same := range map[string]bool{
		"王芳 Wang Fang": true, "王芳  Wang Fang": true, "王芳Wang Fang": true, "王芳 wаng Fang": true, "王芳\u3000ＷＡＮＧ Fang": true, "王\U000e0101芳 Wang Fang": true, "王芳 Wang\u00adFang": true,
		"王芳 Wang Feng": false, "王方 Wang Fang": false, "王芳 Wang Fang 2": false, "王芳": false,
	} {
		if got := Drawn(name) == Drawn(wang); got != same {
			t.Errorf("%+q: %v", name, got)
		}
	}
	for name, mixed := range map[string]bool{
		wang: false, "王芳 Wаng Fang": true, "Иван Petrov": false, "Анна/Anna": false, "Ωmega": true, "O'Брайен": false, "王芳Wang": false, "Сара": false,
	} {
		if got := Mixed(name); got != mixed {
			t.Errorf("%s: mixed %v", name, got)
		}
	}
}
