"""What people look at in Grafana: boards, their colours, and how Grafana finds them."""
