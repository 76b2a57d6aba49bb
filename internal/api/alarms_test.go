package api

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/system"
	"watchroom/internal/event"
	"watchroom/internal/testkit/clause"
)

// alarmCodes are those that screens have words for, which are all that there are.
func alarmCodes(t *testing.T) (codes []string) {
	t.Helper()
	b, err := os.ReadFile("../../web/src/i18n/en.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, all, _ := strings.Cut(string(b), "\n  alarm: {")
	all, _, _ = strings.Cut(all, "\n  },")
	watch, err := os.ReadFile("../../web/src/i18n/presence.en.ts") // those of the watch stand beside it
	if err != nil {
		t.Fatal(err)
	}
	_, more, _ := strings.Cut(string(watch), "export const presenceAlarm = {")
	more, _, _ = strings.Cut(more, "\n};")
	all += ",\n " + more
	for _, m := range regexp.MustCompile(`(?:[,{]\s*|\n\s+)([a-z_]+): "`).FindAllStringSubmatch(all, -1) {
		if !strings.HasPrefix(m[1], "storage_fault_") { // another text of the same
			codes = append(codes, m[1])
		}
	}
	return codes
}

// TestWhoIsToldOfWhichAlarm plants one alarm of each code that is about no camera, with names of
// people, of cameras elsewhere and of parts of the machine, and looks at what each position
// reads and hears of it.
func TestWhoIsToldOfWhichAlarm(t *testing.T) {
	clause.Covers(t, "C101")
	h := newHouse(t)
	codes := alarmCodes(t)
	told := system.Told()
	for _, code := range codes {
		if told[code] == "" {
			t.Errorf("nothing says who is told of %s", code)
		}
		h.system.alarms = append(h.system.alarms, system.Alarm{ID: "of-" + code, Code: code, Detail: "x", Since: h.now().UTC(),
			Params: map[string]any{"person": "张三", "volume": "/srv/hidden-place", "source": "ntp.hidden-place.example", "count": 2, "cameras": []string{h.gate, h.yard}}})
	}
	if len(told) != len(codes) || len(codes) < 80 {
		t.Errorf("%d codes of alarms, %d of them declared", len(codes), len(told))
	}
	h.system.path, h.system.servers = "/srv/hidden-place", []system.Server{{Address: "ntp.hidden-place.example"}}
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.holds("colleague", access.Operator, "east")
	h.holds("lead", access.DutyLead, "east") // who reads of the storage, in the east
	url := h.serve()
	east := map[string]bool{"colleague": true, "lead": true}
	may := map[string][]access.Action{ // besides the state of the machine
		"operator": {access.DutyRead}, "stand_in": {access.DutyRead}, "colleague": {access.DutyRead},
		"lead":          {access.DutyRead, access.DutyDecide, access.ActRead, access.StorageRead, access.PeopleRead, access.LedgerRead, access.RightsRead},
		"technician":    {access.StorageRead},
		"administrator": {access.ActRead, access.StorageRead, access.PeopleRead, access.LedgerRead, access.RightsRead},
		"leader":        {access.DutyRead, access.DutyDecide, access.ActRead, access.StorageRead, access.PeopleRead, access.LedgerRead, access.RightsRead, access.EmergencyReview, access.RightsReview},
	}
	for who, also := range may {
		w := h.send(who, "GET", "/api/v1/system", "")
		body := w.Body.String()
		var got struct{ Alarms []system.Alarm }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %v", who, w.Code, err)
		}
		var want, read, heard []string
		for _, code := range codes {
			if told[code] == access.SystemRead || slices.Contains(also, told[code]) || who != "stand_in" && system.Beside(code) {
				want = append(want, "of-"+code)
			}
		}
		for _, a := range got.Alarms {
			read = append(read, a.ID)
		}
		slices.Sort(want)
		slices.Sort(read)
		if !slices.Equal(read, want) {
			t.Errorf("%s reads %q, want %q", who, read, want)
		}
		if secret := strings.Contains(body, "hidden-place"); secret != slices.Contains(also, access.StorageRead) {
			t.Errorf("%s: names of the machine: %v", who, secret)
		}
		if east[who] && strings.Contains(body, h.yard) {
			t.Errorf("%s in the east reads of the camera in the west: %s", who, body)
		}
		l := h.listen(who, url, nil)
		for l.next().name != "hello" {
		}
		for _, a := range h.system.alarms {
			h.deps.Bus.Publish(event.Event{Kind: "alarm", Subject: a.ID, Data: map[string]any{"alarm": a, "raised": true}})
		}
		h.deps.Bus.Publish(event.Event{Kind: "alarm", Subject: "last", Data: map[string]any{"alarm": system.Alarm{ID: "last", Code: "clock_off", Since: time.Unix(0, 0)}, "raised": true}})
		for {
			e := l.next()
			if e.name != "alarm" {
				continue
			}
			if strings.Contains(e.data, `"last"`) {
				break
			}
			var of struct{ Alarm system.Alarm }
			if err := json.Unmarshal([]byte(e.data), &of); err != nil {
				t.Fatal(err)
			}
			heard = append(heard, of.Alarm.ID)
			if strings.Contains(e.data, "hidden-place") && !slices.Contains(also, access.StorageRead) || east[who] && strings.Contains(e.data, h.yard) {
				t.Errorf("%s hears %s", who, e.data)
			}
		}
		l.cancel()
		slices.Sort(heard)
		if !slices.Equal(heard, want) {
			t.Errorf("%s hears %q, want %q", who, heard, want)
		}
	}
}
