package present_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/clock"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/text"
)

func TestClean(t *testing.T) {
	officer := present.Person{Name: "李警官", Unit: "城东派出所"}
	got, err := present.Clean([]present.Person{{ID: "anna"}, {Name: " 李警官 ", Unit: "城东派出所"}, officer, {ID: "anna"}}, "guard")
	if want := []present.Person{{ID: "anna"}, officer}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	var crowd []present.Person
	for i := range present.Most + 1 {
		crowd = append(crowd, present.Person{ID: fmt.Sprint(i)})
	}
	for name, c := range map[string]struct {
		all  []present.Person
		want error
	}{
		"nobody":            {[]present.Person{{}}, present.ErrEither},
		"both":              {[]present.Person{{ID: "anna", Name: "Anna"}}, present.ErrEither},
		"a unit too":        {[]present.Person{{ID: "anna", Unit: "north"}}, present.ErrEither},
		"who looks":         {[]present.Person{{ID: "guard"}}, present.ErrSelf},
		"no unit":           {[]present.Person{{Name: "李警官", Unit: " "}}, present.ErrUnit},
		"a name of spaces":  {[]present.Person{{Name: "  ", Unit: "north"}}, text.ErrRequired},
		"a very long name":  {[]present.Person{{Name: strings.Repeat("a", 10_000), Unit: "north"}}, text.ErrTooLong},
		"a hidden letter":   {[]present.Person{{Name: "Li\u202e", Unit: "north"}}, text.ErrCharacter},
		"too many to watch": {crowd, present.ErrMany},
	} {
		if got, err := present.Clean(c.all, "guard"); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestCompanyLeavesByItself(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	c := &present.Company{Clock: clock.Clock(func() time.Time { return at }), Lasts: func() time.Duration { return time.Hour }}
	there := []present.Person{{Name: "李警官", Unit: "城东派出所"}}
	c.Set("one", there)
	if got, until := c.Of("one"); !cmp.Equal(got, there) || until != at.Add(time.Hour).UnixMicro() {
		t.Errorf("%+v until %d", got, until)
	}
	if got, _ := c.Of("two"); got != nil {
		t.Errorf("in another session: %+v", got)
	}
	at = at.Add(time.Hour)
	if got, until := c.Of("one"); got != nil || until != 0 {
		t.Errorf("after an hour: %+v", got)
	}
	c.Set("one", there)
	c.Set("one", nil)
	if got, _ := c.Of("one"); got != nil {
		t.Errorf("after they left: %+v", got)
	}
}
