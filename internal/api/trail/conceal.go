package trail

import (
	"encoding/json"
	"maps"
	"strings"

	"watchroom/internal/access"
	"watchroom/internal/ledger/trail"
)

// unseen stands where something was left out.
const unseen = "…"

// conceal leaves out of an act about a camera where its device is reached, and as whom, unless
// the actor sets it up (C101), and tells whether there was anything. The proof of an act has it
// whole, since the log has nothing less: it is given to who may see that.
func conceal(actor access.Actor, e *trail.Entry) (something bool) {
	if !strings.HasPrefix(e.Act.Kind, "camera.") || access.Can(actor, access.CameraConfigure, e.Act.Camera) == nil {
		return false
	}
	detail := maps.Clone(e.Act.Detail)
	for _, key := range []string{"main", "sub", "host"} {
		if _, there := detail[key]; there {
			detail[key], something = unseen, true
		}
	}
	for _, key := range []string{"changes", "record"} { // what was changed, and all that is kept of a new one
		values, ok := detail[key].(map[string]any)
		if !ok {
			continue
		}
		values = maps.Clone(values)
		for name := range values {
			if strings.HasSuffix(name, ".url") || strings.HasSuffix(name, ".username") {
				values[name], something = unseen, true
			}
		}
		detail[key] = values
	}
	e.Act.Detail = detail
	if b, err := json.Marshal(detail); err == nil && e.Content.Detail != "" {
		e.Content.Detail = string(b)
	}
	return something
}
