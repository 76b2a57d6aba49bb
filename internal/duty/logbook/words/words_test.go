package words_test

import (
	"strings"
	"testing"
	"time"

	"watchroom/internal/duty/logbook/words"
)

func TestWhatALineSays(t *testing.T) {
	names := map[string]string{"p1": "张三", "p2": "李四", "c1": "东门"}
	zone := time.FixedZone("", 8*3600)
	for _, c := range []struct {
		code   string
		params map[string]any
		zh, en string
	}{
		{"handed_over", map[string]any{"from": "p1", "to": "p2"}, "张三向李四交班，双方已签字。", "张三 handed over to 李四; both signed."},
		{"camera_lost", map[string]any{"camera": "c1", "count": 3}, "摄像机东门无信号，3次。", "No signal from camera 东门, 3 times."},
		{"camera_lost", map[string]any{"camera": "c9"}, "摄像机c9无信号。", "No signal from camera c9."},
		{"extended", map[string]any{"person": "p1", "minutes": int64(31)}, "接班人未到岗，张三延长值班，已超时31分钟。", "The relief is absent; 张三 stays on watch, 31 min beyond the shift."},
		{"viewing", map[string]any{"person": "p1", "cameras": []any{"c1", "c2"}, "from": float64(1764550800000000), "reason": "查找{遗失物}"}, "张三回看录像，摄像机东门、c2，事由：查找(遗失物)。", "张三 viewed recordings of 东门, c2; reason: 查找(遗失物)."},
		{"snapshot", map[string]any{"person": "p1", "at": int64(1764550800000000)}, "张三截图，画面时间12-01 09:00。", "张三 took a snapshot, picture of 12-01 09:00."},
		{"signed_on", nil, "—签到上岗。", "— signed on."},
		{"no_such", map[string]any{"person": "p1"}, "no_such", "no_such"},
	} {
		if got := words.Say(c.code, true, c.params, names, zone); got != c.zh {
			t.Errorf("%s: %q, want %q", c.code, got, c.zh)
		}
		if got := words.Say(c.code, false, c.params, names, zone); got != c.en {
			t.Errorf("%s: %q, want %q", c.code, got, c.en)
		}
	}
}

func TestEveryLineIsWhole(t *testing.T) {
	if len(words.Codes()) < 30 {
		t.Fatal(words.Codes())
	}
	for _, code := range words.Codes() {
		for _, chinese := range []bool{true, false} {
			s := words.Say(code, chinese, nil, nil, nil)
			if s == code || strings.ContainsAny(s, "[]{}") {
				t.Errorf("%s: %q", code, s)
			}
		}
		if l := words.Of(code); l.Category == "" || l.Severity == "" {
			t.Errorf("%s has no category or severity", code)
		}
	}
}
