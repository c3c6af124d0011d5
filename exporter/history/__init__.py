"""The past of KPIs: values kept in the store, so that years can be shown at once."""
