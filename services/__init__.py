"""The product: domain rules, SQL, outside services and the use cases that join them."""
