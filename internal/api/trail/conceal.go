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
// the actor sets it up (C101). The proof of an act has it whole: the log has nothing less.
func conceal(actor access.Actor, e *trail.Entry) {
	if !strings.HasPrefix(e.Act.Kind, "camera.") || access.Can(actor, access.CameraConfigure, e.Act.Camera) == nil {
		return
	}
	detail := maps.Clone(e.Act.Detail)
	for _, key := range []string{"main", "sub", "host"} {
		if _, there := detail[key]; there {
			detail[key] = unseen
		}
	}
	if changes, ok := detail["changes"].(map[string]any); ok {
		changes = maps.Clone(changes)
		for key := range changes {
			if strings.HasSuffix(key, ".url") || strings.HasSuffix(key, ".username") {
				changes[key] = unseen
			}
		}
		detail["changes"] = changes
	}
	e.Act.Detail = detail
	if b, err := json.Marshal(detail); err == nil && e.Content.Detail != "" {
		e.Content.Detail = string(b)
	}
}
