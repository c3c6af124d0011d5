// Reads provisioning files of Grafana's alerting as strictly as its SDK can: an unknown field or a value that a field
// does not take is an error. The published client has the shape of the files, the foundation SDK that of what is in them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-openapi/strfmt"
	"github.com/grafana/grafana-foundation-sdk/go/alerting"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-openapi-client-go/models"
	"go.yaml.in/yaml/v3"
)

type object = map[string]any

type part interface {
	UnmarshalJSONStrict(raw []byte) error
	Validate() error
}

func main() {
	plugins.RegisterDefaultPlugins()
	failed := false
	for _, path := range os.Args[1:] {
		for _, err := range check(path) {
			failed = true
			fmt.Printf("%s: %v\n", path, err)
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(path string) (found []error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return []error{err}
	}
	var file object
	if err := yaml.Unmarshal(text, &file); err != nil {
		return []error{err}
	}
	read := func(value any, into part) {
		raw, err := json.Marshal(value)
		if err == nil {
			err = into.UnmarshalJSONStrict(raw)
		}
		if err == nil {
			err = into.Validate()
		}
		// The SDK returns an empty list of mistakes, which is not nil.
		if err != nil && err.Error() != "" {
			found = append(found, fmt.Errorf("%w in %s", err, raw))
		}
	}
	for _, group := range list(file, "groups") {
		for _, rule := range list(group, "rules") {
			read(asAsked(rule, group), &alerting.Rule{})
		}
	}
	for _, point := range list(file, "contactPoints") {
		for _, receiver := range list(point, "receivers") {
			read(with(receiver, object{"name": point["name"]}), &alerting.ContactPoint{})
		}
	}
	for _, policy := range list(file, "policies") {
		read(without(policy, "orgId"), &alerting.NotificationPolicy{})
	}
	for _, template := range list(file, "templates") {
		read(without(template, "orgId"), &alerting.NotificationTemplate{})
	}
	return append(found, shape(without(without(file, "templates"), "muteTimes"))...)
}

// The client's list of states is older than KeepLast, which the foundation SDK knows. Mute timings are left out, for both
// have another form of them than Grafana; they are Alertmanager's time intervals.
func shape(file object) []error {
	raw, err := json.Marshal(file)
	if err != nil {
		return []error{err}
	}
	raw = bytes.ReplaceAll(raw, []byte(`"KeepLast"`), []byte(`"OK"`))
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var export models.AlertingFileExport
	if err := decoder.Decode(&export); err != nil {
		return []error{err}
	}
	if err := export.Validate(strfmt.Default); err != nil {
		return []error{err}
	}
	return nil
}

// The names of the HTTP interface, which the SDK has, differ from those of files in two fields.
func asAsked(rule object, group object) object {
	made := with(rule, object{"orgID": 1, "folderUID": "folder", "ruleGroup": group["name"]})
	for ofFile, ofInterface := range map[string]string{
		"keepFiringFor":                   "keep_firing_for",
		"missing_series_evals_to_resolve": "missingSeriesEvalsToResolve",
	} {
		if value, has := made[ofFile]; has {
			made[ofInterface] = value
			delete(made, ofFile)
		}
	}
	return made
}

func list(value object, key string) (values []object) {
	items, _ := value[key].([]any)
	for _, each := range items {
		values = append(values, each.(object))
	}
	return values
}

func with(value object, more object) object {
	return merge(value, more, "")
}

func without(value object, key string) object {
	return merge(value, nil, key)
}

func merge(value object, more object, without string) object {
	made := object{}
	for key, each := range value {
		if key != without {
			made[key] = each
		}
	}
	for key, each := range more {
		made[key] = each
	}
	return made
}
